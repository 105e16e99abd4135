package knobs_test

import (
	"net"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// fullListener is an address that takes no further connection and refuses
// none: its queue is full and nobody accepts. False where the system has other
// ways.
func fullListener(t *testing.T) (address string, full bool) {
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
	at, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	inet, ok := at.(*syscall.SockaddrInet4)
	if !ok {
		t.Fatalf("listening at %v", at)
	}
	address = net.JoinHostPort("127.0.0.1", strconv.Itoa(inet.Port))
	dialer := net.Dialer{Timeout: 200 * time.Millisecond}
	for range 10 {
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		if err != nil {
			return address, true
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	return address, false
}
