//go:build linux

package resilience

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// The times of upstreams that have a drill, so that it can be short.
const (
	drillConnectMs = 300
	drillFirstMs   = 300
	drillIdleMs    = 400
)

// rehearsed is one fault, as a drill plays it and as it really happens.
type rehearsed struct {
	name   string
	spec   hw.DrillSpec
	stream bool
	// real is what a fake vendor is told; empty where happen does it.
	real string
	// happen makes the fault real at the vendor and returns its undoing.
	happen func(t *testing.T, vendor *testupstream.Server, lasts time.Duration) (undo func())
	// elsewhere is the address where the fault is real, and what it needs;
	// nil where it is the vendor's own.
	elsewhere func(t *testing.T) (base string, more doc)
}

// rehearsals has a row for each fault of an upstream, and some for hints.
func rehearsals() []rehearsed {
	rows := []rehearsed{
		{spec: hw.DrillSpec{Fault: hw.DrillRefused}, happen: refuse},
		{spec: hw.DrillSpec{Fault: hw.DrillOverloaded503}, real: "overloaded"},
		{spec: hw.DrillSpec{Fault: hw.DrillBlackhole}, real: "hang", stream: true},
		{spec: hw.DrillSpec{Fault: hw.DrillRate, RetryAfterS: 30}, real: "rate+retry-30"},
		{spec: hw.DrillSpec{Fault: hw.DrillDNS}, elsewhere: func(*testing.T) (string, doc) { return "http://nowhere.invalid/v1", doc{} }},
		{spec: hw.DrillSpec{Fault: hw.DrillTLSExpired}, elsewhere: expiredVendor},
		{spec: hw.DrillSpec{Fault: hw.DrillSlowConnect, DelayMs: 2000}, elsewhere: deafListener},
		{spec: hw.DrillSpec{Fault: hw.DrillSlowFirstToken, DelayMs: 2000}, real: "delay-2s", stream: true},
		{spec: hw.DrillSpec{Fault: hw.DrillRate}, real: "rate"},
		{spec: hw.DrillSpec{Fault: hw.DrillQuota}, real: "quota"},
		{spec: hw.DrillSpec{Fault: hw.DrillQuota, RetryAfterS: 30}, real: "quota+retry-30"},
		{spec: hw.DrillSpec{Fault: hw.DrillRevokedKey}, real: "auth"},
		{spec: hw.DrillSpec{Fault: hw.DrillError500}, real: "server"},
		{spec: hw.DrillSpec{Fault: hw.DrillOverloaded503, RetryAfterS: 30}, real: "overloaded+retry-30"},
		{spec: hw.DrillSpec{Fault: hw.DrillOverloaded529}, real: "overloaded+status-529"},
		{spec: hw.DrillSpec{Fault: hw.DrillHTML}, real: "html+status-502"},
		{spec: hw.DrillSpec{Fault: hw.DrillBadJSON}, real: "badjson"},
		{spec: hw.DrillSpec{Fault: hw.DrillErrorIn200}, real: "error-in-200"},
		{spec: hw.DrillSpec{Fault: hw.DrillStall}, real: "stall-after-1", stream: true},
		{spec: hw.DrillSpec{Fault: hw.DrillCut}, real: "cut-after-1", stream: true},
		{spec: hw.DrillSpec{Fault: hw.DrillFlapping, FlapS: 1}, happen: flap},
	}
	for i := range rows {
		row := &rows[i]
		row.name = strings.ReplaceAll(string(row.spec.Fault), "_", "-")
		if row.spec.RetryAfterS > 0 {
			row.name += "-hint"
		}
	}
	return rows
}

// begin makes a fault real; undo ends it.
func (r *rehearsed) begin(t *testing.T, vendor *testupstream.Server, lasts time.Duration) (undo func()) {
	t.Helper()
	switch {
	case r.happen != nil:
		return r.happen(t, vendor, lasts)
	case r.real != "":
		if err := vendor.SetFault(r.real); err != nil {
			t.Fatal(err)
		}
		return vendor.Clear
	}
	return func() {}
}

// refuse closes the port of a vendor.
func refuse(t *testing.T, vendor *testupstream.Server, _ time.Duration) func() {
	t.Helper()
	vendor.Down()
	return func() {
		if err := vendor.Up(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// flap closes it for a second and opens it for as long, in turn.
func flap(t *testing.T, vendor *testupstream.Server, lasts time.Duration) func() {
	t.Helper()
	stop, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		turn := time.NewTicker(time.Second)
		defer turn.Stop()
		for up := false; ; up = !up {
			if up {
				if err := vendor.Up(context.Background()); err != nil {
					t.Error(err)
				}
			} else {
				vendor.Down()
			}
			select {
			case <-turn.C:
			case <-stop:
				if err := vendor.Up(context.Background()); err != nil {
					t.Error(err)
				}
				return
			case <-time.After(lasts):
			}
		}
	}()
	return func() { close(stop); <-over }
}

// expiredVendor speaks TLS with a certificate that is trusted and over.
func expiredVendor(t *testing.T) (string, doc) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "over"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(testupstream.New())
	server.Config.ErrorLog = log.New(&bytes.Buffer{}, "", 0) // handshakes that fail are what this is for
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL + "/v1", doc{"ca_certificates": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
}

// deafListener takes no connection: its queue is full.
func deafListener(t *testing.T) (string, doc) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(name.(*syscall.SockaddrInet4).Port))
	for range 3 { // those that fill the queue; the last of them get no answer
		conn, err := net.DialTimeout("tcp", addr, 200*time.Millisecond)
		if err == nil {
			t.Cleanup(func() { _ = conn.Close() })
		}
	}
	return "http://" + addr + "/v1", doc{}
}

// outOfUse are the states in which health keeps calls away from an upstream.
func outOfUse(state hw.HealthState) bool {
	return slices.Contains([]hw.HealthState{hw.HealthOpen, hw.HealthQuarantined, hw.HealthThrottled, hw.HealthSuspect}, state)
}

// judgement is how health answers a fault: the first scope that it takes out
// of use, its state then, and the class of what the attempts met.
type judgement struct {
	kind         string
	to           hw.HealthState
	reason       hw.Class
	firstAttempt hw.Class
}

// judged reads the judgement out of what happened to an upstream; drill is the
// id of the drill in whose calls it happened, or empty.
func judged(events []hw.HealthEvent, rows []hw.Call, upstream, drill string) (j judgement) {
	for _, e := range events {
		if e.Drill == drill && outOfUse(e.To) {
			j.kind, j.to, j.reason = e.Kind, e.To, e.Reason
			break
		}
	}
	for _, row := range rows {
		for _, attempt := range row.Attempts {
			if attempt.Upstream == upstream && attempt.Class != hw.ClassOK && attempt.Class != hw.ClassNeutral {
				j.firstAttempt = attempt.Class
				return j
			}
		}
	}
	return j
}
