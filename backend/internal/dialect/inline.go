package dialect

import (
	"fmt"
	"slices"
	"strings"
)

// Inliner is implemented by an Outbound whose upstreams take some media as data
// only, where a caller may name them by an address.
type Inliner interface {
	// NeedsData reports whether a part of media that is named by an address can
	// be sent only once its data is known.
	NeedsData(p *Part) bool
}

// Remote is a part of a request that stands at an address on the web.
type Remote struct {
	// At is the path of the part, e.g. "messages[0].content[1]".
	At  string
	URL string
	// Kind is PartImage or PartDocument.
	Kind PartKind
}

// RemoteParts lists the images and documents of a request that are named by an
// address of the web and that need says must be data, in their order.
func (r *Request) RemoteParts(need func(p *Part) bool) []Remote {
	var out []Remote
	r.eachMedia(func(at string, p *Part) {
		if remote(p) && need(p) {
			out = append(out, Remote{At: at, URL: p.URL, Kind: p.Kind})
		}
	})
	return out
}

// WithData is a copy of a request with the data of those parts that find knows
// by their address: in base64, with its type. The request itself stays.
func (r *Request) WithData(need func(p *Part) bool, find func(url string) (data, mime string, ok bool)) *Request {
	out := *r
	out.Messages = slices.Clone(r.Messages)
	for i := range out.Messages {
		m := &out.Messages[i]
		m.Parts = slices.Clone(m.Parts)
		for k := range m.Parts {
			m.Parts[k].Media = slices.Clone(m.Parts[k].Media)
		}
	}
	out.eachMedia(func(_ string, p *Part) {
		if !remote(p) || !need(p) {
			return
		}
		if data, mime, ok := find(p.URL); ok {
			p.URL, p.Data, p.MIME = "", data, mime
		}
	})
	return &out
}

// eachMedia visits the parts of all messages, and those within tool results.
func (r *Request) eachMedia(visit func(at string, p *Part)) {
	for i := range r.Messages {
		for k := range r.Messages[i].Parts {
			p := &r.Messages[i].Parts[k]
			at := fmt.Sprintf("messages[%d].content[%d]", i, k)
			visit(at, p)
			for n := range p.Media {
				visit(fmt.Sprintf("%s.media[%d]", at, n), &p.Media[n])
			}
		}
	}
}

// remote reports whether a part is an image or a document at an address of the web.
func remote(p *Part) bool {
	if p.Kind != PartImage && p.Kind != PartDocument || p.Data != "" {
		return false
	}
	scheme, _, ok := strings.Cut(p.URL, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}
