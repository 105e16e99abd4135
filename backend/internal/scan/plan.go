package scan

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"headwater/backend/hw"
)

// maxAddresses is how many addresses a scan may have; maxBits is the same as
// the bits of an address that may differ.
const (
	maxAddresses = 1024
	maxBits      = 10
)

// mappedBits stand before an IPv4 address in an IPv6 one.
const mappedBits = 96

// resolveTime bounds the look-up of a host's name.
const resolveTime = 2 * time.Second

// Plan reads a range: a network in CIDR notation, an address or the name of a
// host. Only private addresses are taken. Errors are *hw.Error.
func (s *Scanner) Plan(ctx context.Context, text string) (Plan, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Plan{}, refused("Name a network, such as 192.168.1.0/24, or a host.")
	}
	if strings.Contains(text, "/") {
		return network(text)
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		if err := private(addr); err != nil {
			return Plan{}, err
		}
		return Plan{Range: text, addrs: []netip.Addr{addr.Unmap()}}, nil
	}
	return s.named(ctx, text)
}

// network reads CIDR notation.
func network(text string) (Plan, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return Plan{}, refused("%q is no network: write it as 192.168.1.0/24.", text)
	}
	if at := prefix.Addr(); at.Is4In6() && prefix.Bits() >= mappedBits {
		prefix = netip.PrefixFrom(at.Unmap(), prefix.Bits()-mappedBits) // what is dialled is the address inside
	}
	prefix = prefix.Masked()
	// The size comes second: who names the internet learns that it is not for that.
	if err := private(prefix.Addr()); err != nil {
		return Plan{}, err
	}
	if prefix.Addr().BitLen()-prefix.Bits() > maxBits {
		return Plan{}, refused("%s has more than %d addresses. Name a part of it: /22 at most, /118 for IPv6.", prefix, maxAddresses)
	}
	p := Plan{Range: prefix.String()}
	for addr := prefix.Addr(); prefix.Contains(addr); addr = addr.Next() {
		p.addrs = append(p.addrs, addr)
	}
	if prefix.Addr().Is4() && len(p.addrs) > 2 {
		p.addrs = p.addrs[1 : len(p.addrs)-1] // the network's own address and that of all
	}
	return p, nil
}

// named reads the name of a host, which is looked up once: what it means later
// does not matter to the scan.
func (s *Scanner) named(ctx context.Context, host string) (Plan, error) {
	if !isHost(host) {
		return Plan{}, refused("%q is neither a network, nor an address, nor the name of a host.", host)
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	addrs, err := s.resolve(ctx, host)
	if err != nil || len(addrs) == 0 {
		return Plan{}, refused("We could not find %s.", host)
	}
	p := Plan{Range: host, host: host}
	for _, addr := range addrs[:min(len(addrs), maxAddresses)] {
		if err := private(addr); err != nil {
			return Plan{}, err
		}
		p.addrs = append(p.addrs, addr.Unmap())
	}
	return p, nil
}

// isHost reports whether a text can be the name of a host.
func isHost(text string) bool {
	return len(text) <= 253 && text[0] != '-' && text[0] != '.' && !strings.ContainsFunc(text, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		return !letter && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	})
}

// private refuses every address that is not of a private network.
func private(addr netip.Addr) error {
	ip := addr.Unmap()
	switch {
	case ip.Zone() != "":
		return refused("%s names an interface: leave that out.", addr)
	case ip.IsLoopback():
		return refused("%s is this machine: scan it without a range.", addr)
	case ip.IsMulticast(), ip.IsUnspecified():
		return refused("%s is not a host's address.", addr)
	case ip.IsLinkLocalUnicast():
		return refused("%s is link-local: metadata services live there, so it is never scanned.", addr)
	case ip.IsPrivate():
		return nil // RFC 1918 and RFC 4193
	}
	return refused("%s is not a private address: only networks of one's own are scanned.", addr)
}

// refused is the error of a range that is not taken.
func refused(format string, args ...any) error {
	err := hw.Errorf(hw.CodeBadRequest, format, args...).At("range")
	err.Hint = "Name a private network of at most 1,024 addresses, such as 192.168.1.0/24, or a single host on one."
	return err
}
