package health

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// Windows reports socket errors by numbers of its own, which the portable
// constants of package syscall do not match.
const (
	errWinReset   = syscall.Errno(10054)
	errWinRefused = syscall.Errno(10061)
)

// transportWords says what a transport's error was, without addresses, and
// whether it was this machine's own fault.
func transportWords(err error) (words string, own bool) {
	if words, ok := certificateWords(err); ok {
		return words, false
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "host name not found", false
		}
		return "host name look-up failed", false
	}
	for _, row := range []struct {
		is    error
		words string
		own   bool
	}{
		{syscall.ECONNREFUSED, "connection refused", false},
		{errWinRefused, "connection refused", false},
		{syscall.ECONNRESET, "connection reset", false},
		{errWinReset, "connection reset", false},
		{syscall.EPIPE, "connection closed", false},
		{syscall.EHOSTUNREACH, "no route to the host", false},
		{syscall.ENETUNREACH, "network unreachable", false},
		{syscall.EMFILE, "too many open files on this machine", true},
		{syscall.ENFILE, "too many open files on this machine", true},
		{syscall.EADDRNOTAVAIL, "no free local port on this machine", true},
		{io.EOF, "connection closed", false},
		{io.ErrUnexpectedEOF, "connection closed", false},
		{net.ErrClosed, "connection closed", false},
		{context.DeadlineExceeded, "connecting took too long", false},
		{os.ErrDeadlineExceeded, "timed out", false},
	} {
		if errors.Is(err, row.is) {
			return row.words, row.own
		}
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "timed out", false
	}
	return "connection failed", false
}

func certificateWords(err error) (string, bool) {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return "TLS certificate expired or not yet valid", true
		}
		return "TLS certificate invalid", true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "TLS certificate is for another name", true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "TLS certificate not trusted", true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "TLS certificate not accepted", true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "no TLS at this address", true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return "TLS handshake refused", true
	}
	return "", false
}
