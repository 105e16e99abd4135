package upstream

import (
	"net"
	"net/http"
	"net/netip"
	"testing"
)

func TestAddressGuard(t *testing.T) {
	rows := []struct {
		ip            string
		public, local bool // may be dialled by a public, a local upstream
	}{
		{"93.184.216.34", true, true},
		{"2606:2800:220:1::1", true, true},
		{"127.0.0.1", false, true},
		{"::1", false, true},
		{"10.1.2.3", false, true},
		{"172.16.0.1", false, true},
		{"192.168.1.1", false, true},
		{"fd12:3456::1", false, true},
		{"100.64.0.1", false, true},
		{"198.18.0.1", false, true},
		{"0.1.2.3", false, true},
		{"240.0.0.1", false, true},
		{"64:ff9b::7f00:1", false, true},
		{"64:ff9b::a9fe:a9fe", false, false},
		{"64:ff9b::6464:64c8", false, false},
		{"64:ff9b::e000:1", false, false},
		{"64:ff9b::a00:1", false, true},
		{"64:ff9b::5db8:d822", true, true},
		{"2002:7f00:1::", false, true},
		{"2002:a9fe:a9fe::1", false, false},
		{"2002:5db8:d822::1", true, true},
		{"169.254.169.254", false, false},
		{"fe80::1", false, false},
		{"fd00:ec2::254", false, false},
		{"100.100.100.200", false, false},
		{"168.63.129.16", false, false},
		{"::ffff:168.63.129.16", false, false},
		{"192.0.0.192", false, false},
		{"192.0.0.8", false, true},
		{"192.0.1.8", true, true},
		{"64:ff9b:1::a00:1", false, true},
		{"64:ff9b:1:a00:0:100::", false, false},
		{"64:ff9b:1::a9fe:a9fe", false, false},
		{"fec0::1", false, true},
		{"::7f00:1", false, true},
		{"::a9fe:a9fe", false, false},
		{"::ffff:0:a9fe:a9fe", false, false},
		{"::ffff:0:a00:1", false, true},
		{"::5db8:d822", true, true},
		{"0.0.0.0", false, false},
		{"::", false, false},
		{"224.0.0.1", false, false},
		{"ff02::1", false, false},
		{"::ffff:127.0.0.1", false, true},
		{"::ffff:169.254.169.254", false, false},
	}
	for _, row := range rows {
		ip := netip.MustParseAddr(row.ip).Unmap()
		if got := forbidden(ip, false) == ""; got != row.public {
			t.Errorf("public upstream may dial %s = %v, want %v", row.ip, got, row.public)
		}
		if got := forbidden(ip, true) == ""; got != row.local {
			t.Errorf("local upstream may dial %s = %v, want %v", row.ip, got, row.local)
		}
	}
}

func TestWhatIsFetchedIsNotOfThisMachine(t *testing.T) {
	all, err := net.InterfaceAddrs()
	if err != nil || len(all) == 0 {
		t.Skip("this machine has no address")
	}
	for _, a := range all {
		if network, ok := a.(*net.IPNet); ok && !ofThisMachine(network.IP) {
			t.Errorf("%s is taken for another machine's", network.IP)
		}
	}
	if ofThisMachine(net.ParseIP("93.184.216.34")) {
		t.Error("a public address is taken for ours")
	}
}

func TestWhoLooksForEnginesIsRefusedWhatAnUpstreamIs(t *testing.T) {
	own := netip.MustParseAddrPort("127.0.0.1:4100")
	p, err := New(Config{Practice: &http.Transport{}, Own: func(at *net.TCPAddr) bool { return at.AddrPort() == own }})
	if err != nil {
		t.Fatal(err)
	}
	for text, refused := range map[string]bool{
		"127.0.0.1:4100": true, "[::ffff:127.0.0.1]:4100": true, "127.0.0.1:11434": false, "192.168.1.7:8000": false, "[fd00::7]:8000": false,
		"169.254.169.254:80": true, "[fe80::1]:80": true, "[fd00:ec2::254]:80": true, "0.0.0.0:80": true, "224.0.0.1:80": true,
	} {
		if why := p.Refuses(netip.MustParseAddrPort(text)); (why != "") != refused {
			t.Errorf("%s: %q", text, why)
		}
	}
}
