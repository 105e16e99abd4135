package gateway

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// The bounds of what is fetched from the addresses in requests.
const (
	maxFetches  = 10       // of one call
	maxFetched  = 20 << 20 // bytes of one call, as they come
	fetchTime   = 10 * time.Second
	fetchPlaces = 16 // at once, of all calls
)

// Fetcher gets images and documents from addresses that callers name.
type Fetcher interface {
	// Fetch gets what is at an address, and its type. ctx bounds the whole. It
	// asks grow before it takes so many bytes more of memory, and gives up with
	// its error; all others are *upstream.FetchError.
	Fetch(ctx context.Context, address string, grow func(n int) error) (data []byte, kind string, err error)
}

// fetched is what came of one address: data in base64 with its type, or why not.
type fetched struct {
	data, kind string
	err        error
}

// inline is the request with the data of what an upstream does not take by its
// address, where the administrator has allowed that it is fetched. The request
// itself stays: another upstream may take the addresses.
func (g *Gateway) inline(c *Call, out dialect.Outbound, request *dialect.Request) (*dialect.Request, error) {
	need, parts := g.toFetch(c, out, request)
	if len(parts) == 0 {
		return request, nil
	}
	if err := g.fetchAll(c, parts); err != nil {
		return nil, err
	}
	return request.WithData(need, func(address string) (data, kind string, ok bool) {
		f, ok := c.fetched[address]
		return f.data, f.kind, ok
	}), nil
}

// toFetch lists the parts of a request that an upstream needs the data of, where
// they may be fetched; need tells them.
func (g *Gateway) toFetch(c *Call, out dialect.Outbound, request *dialect.Request) (need func(*dialect.Part) bool, parts []dialect.Remote) {
	picky, ok := out.(dialect.Inliner)
	if !ok || g.Fetch == nil || !c.snap.Settings.FetchMedia || c.front == nil { // a copy has no caller whose memory it would be
		return nil, nil
	}
	return picky.NeedsData, request.RemoteParts(picky.NeedsData)
}

// mustFetch reports whether something must still be fetched before a target can
// be asked.
func (g *Gateway) mustFetch(c *Call, target *snapshot.Target) bool {
	out, _ := g.speaks(c, target)
	if out == nil || c.native(out, target) {
		return false
	}
	request, err := g.neutral(c)
	if err != nil {
		return false
	}
	_, parts := g.toFetch(c, out, request)
	return slices.ContainsFunc(parts, func(p dialect.Remote) bool {
		_, known := c.fetched[p.URL]
		return !known
	})
}

// fetchAll fetches the parts, each address once in a call, whatever comes of it.
func (g *Gateway) fetchAll(c *Call, parts []dialect.Remote) error {
	missing := map[string]bool{}
	for i := range parts {
		if _, known := c.fetched[parts[i].URL]; !known {
			missing[parts[i].URL] = true
		}
	}
	if len(c.fetched)+len(missing) > maxFetches {
		return hw.Errorf(hw.CodeUnsupported, "The model's upstream takes images and documents as data only, and at most %d are fetched for one request.", maxFetches).At(parts[0].At)
	}
	if len(missing) > 0 {
		// Read by copies of the call, so never written to.
		c.fetched = g.fetchMissing(c, missing)
	}
	for i := range parts {
		if err := c.judgeFetched(&parts[i]); err != nil {
			return err
		}
	}
	return g.weighParts(c, parts)
}

// weighParts bounds and counts what is put into a request: one picture may stand
// in it many times, and is copied each time.
func (g *Gateway) weighParts(c *Call, parts []dialect.Remote) error {
	put, once := 0, map[string]int{}
	for i := range parts {
		n := len(c.fetched[parts[i].URL].data)
		once[parts[i].URL] = n
		put += n
	}
	if put > base64.StdEncoding.EncodedLen(maxFetched) {
		return hw.Errorf(hw.CodeUnsupported, "The images and documents of this request, each as often as it stands there, come to more than %d MiB.", maxFetched>>20).At(parts[0].At)
	}
	for _, n := range once {
		put -= n
	}
	more := put - c.copied
	if more <= 0 {
		return nil
	}
	c.copied = put
	return g.weigh(c, more)
}

// fetchedSize is how many bytes a call has fetched so far.
func (c *Call) fetchedSize() int {
	n := 0
	for _, f := range c.fetched {
		n += base64.StdEncoding.DecodedLen(len(f.data))
	}
	return n
}

func (g *Gateway) fetchMissing(c *Call, missing map[string]bool) map[string]fetched {
	ctx, cancel := context.WithTimeout(c.ctx, min(fetchTime, time.Until(c.deadline)))
	defer cancel()
	all := maps.Clone(c.fetched)
	if all == nil {
		all = map[string]fetched{}
	}
	var mu sync.Mutex // guards all, size and what weigh writes
	size := c.fetchedSize()
	grow := func(n int) error {
		mu.Lock()
		defer mu.Unlock()
		if size += n; size > maxFetched {
			return &upstream.FetchError{Reason: fmt.Sprintf("all that this request names come to more than %d MiB", maxFetched>>20)}
		}
		return g.weigh(c, base64.StdEncoding.EncodedLen(n))
	}
	var under sync.WaitGroup
	for address := range missing {
		under.Go(func() {
			f := g.fetchOne(ctx, c.app().ID, address, grow)
			mu.Lock()
			defer mu.Unlock()
			all[address] = f
		})
	}
	under.Wait()
	return all
}

// fetchOne fetches once there is a place for it.
func (g *Gateway) fetchOne(ctx context.Context, app, address string, grow func(n int) error) (f fetched) {
	defer func() { // on a goroutine of its own a bug of ours would cost the process
		if cause := recover(); cause != nil {
			g.Log.Error("fetching panicked", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			f = fetched{err: hw.Errorf(hw.CodeInternal, "Headwater could not complete this call.")}
		}
	}()
	leave, ok := g.fetching.enter(ctx, app)
	if !ok {
		return fetched{err: &upstream.FetchError{Reason: "too many others are fetched now"}}
	}
	defer leave()
	data, kind, err := g.Fetch.Fetch(ctx, address, grow)
	if err != nil {
		return fetched{err: err}
	}
	return fetched{data: base64.StdEncoding.EncodeToString(data), kind: kind}
}

// judgeFetched says why a part cannot be sent; nil when it can. It is named by
// its host only: the rest of an address may be a secret.
func (c *Call) judgeFetched(part *dialect.Remote) error {
	f, host := c.fetched[part.URL], "its address"
	if u, err := url.Parse(part.URL); err == nil && u.Hostname() != "" {
		host = shorten(u.Hostname(), maxModelShown)
	}
	reason := ""
	if f.err != nil {
		if c.gone() {
			return errGone()
		}
		told, ok := errors.AsType[*upstream.FetchError](f.err)
		if !ok {
			return f.err // ours, and no fault of the address
		}
		reason = told.Reason
	} else if pdf := f.kind == "application/pdf"; pdf != (part.Kind == dialect.PartDocument) {
		reason = "it is of the type " + f.kind
	}
	if reason == "" {
		return nil
	}
	err := hw.Errorf(hw.CodeUnsupported, "The %s at %s could not be fetched: %s.", part.Kind, host, reason).At(part.At)
	err.Hint = "Send the data itself, or an address that anybody can read."
	return err.Because(f.err)
}
