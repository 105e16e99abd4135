package upstream

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"headwater/backend/internal/snapshot"
)

// ErrForbiddenAddress is wrapped by a DialError when the address guard refused.
var ErrForbiddenAddress = errors.New("address not allowed")

// guard checks the address a name led to, at the moment of connecting, so that
// no DNS answer can point an upstream at the machine's own network. Metadata
// and link-local addresses are always refused.
func guard(local bool, own func(*net.TCPAddr) bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("checking the address: %w", err)
		}
		ip := ap.Addr().Unmap()
		if reason := forbidden(ip, local); reason != "" {
			return fmt.Errorf("%w: %s", ErrForbiddenAddress, reason)
		}
		if own != nil && own(net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, ap.Port()))) {
			return fmt.Errorf("%w: this gateway's own listener", ErrForbiddenAddress)
		}
		return nil
	}
}

// forbidden names why an address may not be dialled; empty when it may. An
// IPv4 address inside an IPv6 one is judged as if it had been dialled itself.
func forbidden(ip netip.Addr, local bool) string {
	if inner, ok := embedded(ip); ok {
		if reason := forbidden(inner, local); reason != "" {
			return reason
		}
	}
	switch {
	case ip.IsLinkLocalUnicast(), ip.IsLinkLocalMulticast(), isMetadata(ip):
		return "link-local and metadata addresses are never used"
	case ip.IsMulticast(), ip.IsUnspecified():
		return "not a host's address"
	case local:
		return ""
	case ip.IsLoopback(), ip.IsPrivate(), isShared(ip):
		return "private address; mark the upstream as local to allow it"
	}
	return ""
}

// isMetadata covers the cloud metadata addresses outside the link-local range:
// AWS over IPv6 and Alibaba.
func isMetadata(ip netip.Addr) bool {
	return ip == netip.AddrFrom16([16]byte{0xfd, 0x00, 0x0e, 0xc2, 14: 0x02, 15: 0x54}) ||
		ip == netip.AddrFrom4([4]byte{100, 100, 100, 200})
}

// isShared covers carrier-grade NAT (RFC 6598), benchmarking (RFC 2544),
// "this network" (RFC 1122) and the reserved class E.
func isShared(ip netip.Addr) bool {
	if !ip.Is4() {
		return false
	}
	b := ip.As4()
	return b[0] == 100 && b[1]&0xc0 == 64 || b[0] == 198 && b[1]&0xfe == 18 || b[0] == 0 || b[0] >= 240
}

// embedded is the IPv4 address that an IPv6 one carries inside: NAT64
// (RFC 6052) and 6to4 (RFC 3056).
func embedded(ip netip.Addr) (netip.Addr, bool) {
	if !ip.Is6() {
		return netip.Addr{}, false
	}
	b := ip.As16()
	switch {
	case b[0] == 0x00 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b:
		return netip.AddrFrom4([4]byte(b[12:16])), true
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return netip.Addr{}, false
}

func tlsConfig(up *snapshot.Upstream) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: up.RootCAs}
}
