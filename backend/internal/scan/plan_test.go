package scan_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
)

func TestARangeIsTakenOnlyWhereItIsPrivateAndSmall(t *testing.T) {
	rows := []struct {
		text string
		// count of 0 means refused, with these words.
		count int
		words string
	}{
		{"192.168.1.0/24", 254, ""},
		{"192.168.1.77/24", 254, ""},
		{" 10.1.2.0/30 ", 2, ""},
		{"10.1.2.4/31", 2, ""},
		{"172.16.4.9/32", 1, ""},
		{"172.31.252.0/22", 1022, ""},
		{"10.9.8.7", 1, ""},
		{"::ffff:10.9.8.7", 1, ""},
		{"::ffff:10.0.0.0/120", 254, ""},
		{"::ffff:10.0.0.7/128", 1, ""},
		{"fd12:3456:789a::/120", 256, ""},
		{"fd12:3456:789a::42", 1, ""},
		{"fd12:3456:789a::/118", 1024, ""},
		{"gpu-box.lan", 2, ""},

		{"", 0, "Name a network"},
		{"   ", 0, "Name a network"},
		{"10.0.0.0/8", 0, "more than 1024 addresses"},
		{"192.168.0.0/21", 0, "more than 1024 addresses"},
		{"fd12::/64", 0, "more than 1024 addresses"},
		{"fd12::/117", 0, "more than 1024 addresses"},
		{"0.0.0.0/0", 0, "not a host's address"},
		{"8.8.8.0/24", 0, "not a private address"},
		{"::ffff:8.8.8.0/120", 0, "not a private address"},
		{"::ffff:127.0.0.0/120", 0, "this machine"},
		{"::ffff:10.0.0.0/104", 0, "more than 1024 addresses"},
		{"::ffff:10.0.0.0/95", 0, ""},
		{"8.8.8.8", 0, "not a private address"},
		{"172.32.0.0/24", 0, "not a private address"},
		{"192.169.0.1", 0, "not a private address"},
		{"2001:db8::1", 0, "not a private address"},
		{"2001:db8::/120", 0, "not a private address"},
		{"100.64.0.0/24", 0, "not a private address"},
		{"169.254.169.254", 0, "link-local"},
		{"169.254.0.0/22", 0, "link-local"},
		{"::ffff:169.254.169.254", 0, "link-local"},
		{"fe80::1", 0, "link-local"},
		{"fe80::1%eth0", 0, "names an interface"},
		{"224.0.0.1", 0, "not a host's address"},
		{"0.0.0.0", 0, "not a host's address"},
		{"::", 0, "not a host's address"},
		{"127.0.0.1", 0, "this machine"},
		{"127.0.0.0/24", 0, "this machine"},
		{"::1", 0, "this machine"},
		{"::ffff:127.0.0.1", 0, "this machine"},
		{"192.168.1.0/33", 0, "is no network"},
		{"192.168.1/24", 0, "is no network"},
		{"192.168.1.0/24/24", 0, "is no network"},
		{"192.168.1.1-50", 0, "could not find"},
		{"http://10.0.0.1", 0, "is no network"},
		{"10.0.0.1:8080", 0, "neither a network"},
		{"-x", 0, "neither a network"},
		{"a b", 0, "neither a network"},
		{strings.Repeat("a", 254), 0, "neither a network"},
		{"nowhere.lan", 0, "could not find"},
		{"empty.lan", 0, "could not find"},
		{"localhost", 0, "this machine"},
		{"example.com", 0, "not a private address"},
		{"both.lan", 0, "not a private address"},
		{"metadata.lan", 0, "link-local"},
	}
	names := map[string][]string{
		"gpu-box.lan": {"192.168.7.7", "fd00:7::7"}, "localhost": {"127.0.0.1"}, "example.com": {"93.184.215.14"},
		"both.lan": {"10.0.0.1", "93.184.215.14"}, "metadata.lan": {"169.254.169.254"}, "empty.lan": {},
	}
	s := scanner(t, nil)
	s.ResolveWith(func(_ context.Context, host string) ([]netip.Addr, error) {
		texts, known := names[host]
		if !known {
			return nil, errors.New("no such host")
		}
		var addrs []netip.Addr
		for _, text := range texts {
			addrs = append(addrs, netip.MustParseAddr(text))
		}
		return addrs, nil
	})
	for _, row := range rows {
		t.Run(row.text, func(t *testing.T) {
			plan, err := s.Plan(t.Context(), row.text)
			if row.count > 0 {
				if err != nil || len(plan.Addrs()) != row.count {
					t.Fatalf("%d addresses, %v", len(plan.Addrs()), err)
				}
				if slices.ContainsFunc(plan.Addrs(), netip.Addr.Is4In6) {
					t.Errorf("%v: such an address is never what is dialled", plan.Addrs())
				}
				if plan.Range == "" {
					t.Error("the range has no name: it would be taken for this machine")
				}
				return
			}
			told, ours := errors.AsType[*hw.Error](err)
			if !ours || !strings.Contains(told.Text, row.words) || told.Hint == "" || told.Field != "range" || len(plan.Addrs()) > 0 {
				t.Errorf("%v %q %v", err, row.words, plan)
			}
		})
	}
}

func TestANetworkLeavesOutItsOwnAddressAndThatOfAll(t *testing.T) {
	plan, err := scanner(t, nil).Plan(t.Context(), "192.168.1.0/29")
	if err != nil {
		t.Fatal(err)
	}
	first, last := netip.MustParseAddr("192.168.1.1"), netip.MustParseAddr("192.168.1.6")
	if got := plan.Addrs(); len(got) != 6 || got[0] != first || got[5] != last || !slices.IsSortedFunc(got, netip.Addr.Compare) {
		t.Errorf("%v", got)
	}
}

func FuzzARangeNeverLeadsToAnAddressThatIsNotPrivate(f *testing.F) {
	for _, seed := range []string{"10.0.0.0/24", "::ffff:8.8.8.8", "fd00::/118", "169.254.1.1", "1.1.1.1/32", "fe80::%1", "host"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := scanner(t, nil)
		s.ResolveWith(func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") })
		plan, err := s.Plan(t.Context(), text)
		if err != nil {
			return
		}
		if n := len(plan.Addrs()); n == 0 || n > 1024 {
			t.Errorf("%q gave %d addresses", text, n)
		}
		for _, addr := range plan.Addrs() {
			if !addr.IsPrivate() {
				t.Fatalf("%q gave %s", text, addr)
			}
		}
	})
}
