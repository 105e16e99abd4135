package listen

import (
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"

	"headwater/backend/hw"
)

// allowedMethods is the Allow header of a refused method.
const allowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

// edge is what every request passes before anything else looks at it.
func (d *Door) edge(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.allows(r) {
			d.refuse(w, r, hw.Errorf(hw.CodeMisdirected, "This gateway does not answer to that host name."))
			return
		}
		if r.Method == http.MethodTrace || r.Method == http.MethodConnect {
			w.Header().Set("Allow", allowedMethods)
			d.refuse(w, r, hw.Errorf(hw.CodeMethod, "The method %s is not served.", r.Method))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// allows reports whether the caller used a name or address that is ours: the
// very address its connection came in by, localhost where that is this
// machine, or a name the administrator has listed.
func (d *Door) allows(r *http.Request) bool {
	host := hostOf(r.Host)
	if host == "" {
		return false
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	tcp, isTCP := local.(*net.TCPAddr)
	ip := net.ParseIP(host)
	switch {
	case ip != nil && isTCP && ip.Equal(tcp.IP):
		return true
	case isLocalName(host, ip) && (!isTCP || tcp.IP.IsLoopback()):
		return true
	case d.config.Hosts == nil:
		return false
	}
	return slices.Contains(d.config.Hosts(), host)
}

// hostOf is the name or address of a Host header: without port, brackets and
// the dot of a fully qualified name, in lower case. What is no host is empty.
func hostOf(header string) string {
	host := header
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		if strings.IndexByte(host, ':') != i && !strings.HasPrefix(host, "[") {
			return "" // an IPv6 address needs brackets
		}
		host = host[:i]
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		if host, ok = strings.CutSuffix(inner, "]"); !ok || !strings.Contains(host, ":") {
			return ""
		}
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// isLocalName reports whether a host always means the machine it is said on.
func isLocalName(host string, ip net.IP) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip.IsLoopback()
}

// refuse answers and closes the connection: who got the first thing wrong has
// no business in the next request.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err *hw.Error) {
	w.Header().Set("Connection", "close")
	if d.config.Refuse != nil {
		d.config.Refuse(w, r, err)
		return
	}
	info := err.Code.Info()
	body, _ := json.Marshal(struct { // strings and a number always encode
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Code   string `json:"code"`
	}{"about:blank", err.Text, info.Status, err.NextStep(), info.Public})
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(info.Status)
	_, _ = w.Write(body)
}
