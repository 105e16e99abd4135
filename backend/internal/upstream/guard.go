package upstream

import (
	"bytes"
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

// Refuses says why a local upstream may not be at an address; empty when it may.
// Whoever looks for engines asks it before anything is connected.
func (p *Pool) Refuses(at netip.AddrPort) string {
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	if reason := forbidden(at.Addr(), true); reason != "" {
		return reason
	}
	if p.config.Own != nil && p.config.Own(net.TCPAddrFromAddrPort(at)) {
		return "this gateway's own listener"
	}
	return ""
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
// AWS over IPv6, Alibaba, Azure (the "wire server", which looks like a public
// address and is the virtual machine's host) and Oracle.
func isMetadata(ip netip.Addr) bool {
	return ip == netip.AddrFrom16([16]byte{0xfd, 0x00, 0x0e, 0xc2, 14: 0x02, 15: 0x54}) ||
		ip == netip.AddrFrom4([4]byte{100, 100, 100, 200}) ||
		ip == netip.AddrFrom4([4]byte{168, 63, 129, 16}) ||
		ip == netip.AddrFrom4([4]byte{192, 0, 0, 192})
}

// isShared covers carrier-grade NAT (RFC 6598), benchmarking (RFC 2544),
// protocol assignments (RFC 6890), "this network" (RFC 1122) and the reserved
// class E; of IPv6, site-local addresses (RFC 3879) and NAT64 of one's own
// network (RFC 8215), which hides the address inside in more than one way.
func isShared(ip netip.Addr) bool {
	if !ip.Is4() {
		b := ip.As16()
		return b[0] == 0xfe && b[1]&0xc0 == 0xc0 || [6]byte(b[:6]) == [6]byte{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}
	}
	b := ip.As4()
	return b[0] == 100 && b[1]&0xc0 == 64 || b[0] == 198 && b[1]&0xfe == 18 || [3]byte(b[:3]) == [3]byte{192, 0, 0} || b[0] == 0 || b[0] >= 240
}

// embedded is the IPv4 address that an IPv6 one carries inside.
func embedded(ip netip.Addr) (netip.Addr, bool) {
	if !ip.Is6() || ip.IsLoopback() || ip.IsUnspecified() {
		return netip.Addr{}, false
	}
	b := ip.As16()
	for _, form := range embeddings {
		if bytes.HasPrefix(b[:], form.begin) {
			return netip.AddrFrom4([4]byte(b[form.at : form.at+4])), true
		}
	}
	return netip.Addr{}, false
}

// embeddings are the beginnings of such addresses, and where the other one
// stands: NAT64 (RFC 6052), 6to4 (RFC 3056), SIIT (RFC 2765) and the compatible
// ones of RFC 4291. Never written to.
var embeddings = [...]struct {
	begin []byte
	at    int
}{
	{[]byte{0x00, 0x64, 0xff, 0x9b}, 12},
	{[]byte{0x20, 0x02}, 2},
	{[]byte{8: 0xff, 9: 0xff, 11: 0}, 12},
	{make([]byte, 12), 12},
}

func tlsConfig(up *snapshot.Upstream) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: up.RootCAs}
}
