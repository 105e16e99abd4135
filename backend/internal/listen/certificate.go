package listen

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"headwater/backend/hw"
)

// The files of a certificate of our own making, inside a directory.
const (
	CertificateFile = "admin-tls.crt"
	KeyFile         = "admin-tls.key"
)

// ownYears is how long such a certificate is good. Clients know it by its
// fingerprint: a new one has to be told to each of them.
const ownYears = 10

// Certificate loads the certificate of a directory, and makes one where there
// is none. One that is damaged, expired or half there is an error and never
// replaced by itself: every client would take us for somebody else.
func Certificate(dir string, names []string) (tls.Certificate, error) {
	certificate, key := filepath.Join(dir, CertificateFile), filepath.Join(dir, KeyFile)
	_, certErr := os.Stat(certificate)
	_, keyErr := os.Stat(key)
	if errors.Is(certErr, fs.ErrNotExist) && errors.Is(keyErr, fs.ErrNotExist) {
		if err := makeCertificate(certificate, key, names); err != nil {
			return tls.Certificate{}, fmt.Errorf("making the certificate of remote administration: %w", err)
		}
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		e := hw.Errorf(hw.CodeInvalid, "The certificate of remote administration cannot be used.").Because(err)
		e.Hint = fmt.Sprintf("Restore %s and %s from a backup, or remove both: a new one is made, and every client needs its fingerprint.", CertificateFile, KeyFile)
		return tls.Certificate{}, e
	}
	if until := pair.Leaf.NotAfter; time.Now().After(until) {
		e := hw.Errorf(hw.CodeInvalid, "The certificate of remote administration expired on %s.", until.Format(time.DateOnly))
		e.Hint = fmt.Sprintf("Remove %s and %s: a new one is made, and every client needs its fingerprint.", CertificateFile, KeyFile)
		return tls.Certificate{}, e
	}
	return pair, nil
}

// Fingerprint is the SHA-256 of a certificate, in hex.
func Fingerprint(c tls.Certificate) string {
	sum := sha256.Sum256(c.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// ServerTLS is how such a certificate is shown: TLS 1.3, and HTTP/1.1 because
// a WebSocket needs it.
func ServerTLS(c tls.Certificate) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{c}, NextProtos: []string{"http/1.1"}}
}

func makeCertificate(certificate, key string, names []string) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return fmt.Errorf("making a serial number: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Headwater remote administration"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(ownYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, DNSNames: append([]string{"localhost"}, names...),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("encoding the key: %w", err)
	}
	// The key first: a certificate without one says that something is amiss.
	if err := writePEM(key, "PRIVATE KEY", secret, 0o600); err != nil {
		return err
	}
	return writePEM(certificate, "CERTIFICATE", der, 0o644)
}

// writePEM makes a file that was not there before, whole or not at all.
func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	temporary := path + ".new"
	body := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(temporary, body, mode); err != nil {
		return err //nolint:wrapcheck // a path error names the file
	}
	return os.Rename(temporary, path) //nolint:wrapcheck // a link error names the files
}
