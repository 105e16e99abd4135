package appliance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
)

// unpackCatalog reads the facts in the program while the databases are opened:
// it is the longest step of a start. It holds nothing, and ends by itself where
// nobody asks for what it read.
func unpackCatalog() (box func() (*catalog.Catalog, error)) {
	box = sync.OnceValues(catalog.Load)
	go func() { _, _ = box() }()
	return box
}

// openCatalog takes the facts in the program, and the file that was brought. A
// file that cannot be read leaves those of the program: they serve as well, and
// the administrator is told.
func (h *house) openCatalog(ctx context.Context, unpacked func() (*catalog.Catalog, error)) error {
	box, err := unpacked()
	if err != nil {
		return fmt.Errorf("loading the catalogue: %w", err)
	}
	h.catalog = catalog.NewLibrary(box)
	file, err := h.store.CatalogFile(ctx)
	if err == nil && file.Digest != "" {
		err = h.catalog.Restore(file.Body, file.Digest)
	}
	if err != nil {
		h.log.Error("the catalogue file cannot be read: the facts of the program are used", "error", err)
	}
	return nil
}

// providers lists the catalogue, and how each preset is known to work.
func (h *house) providers() []hw.Provider {
	list, live := h.catalog.InForce().Providers(), h.shown.Live()
	for i := range list {
		var at time.Time
		for _, one := range live {
			if one.Provider == list[i].ID && one.At.After(at) && ownAddress(&list[i], one.Address) {
				at = one.At
			}
		}
		list[i].Verify(at)
	}
	return list
}

// ownAddress reports whether an address is the provider's own: a proxy that
// speaks its dialect proves nothing of it. An engine is wherever it was put.
func ownAddress(p *hw.Provider, address string) bool {
	if p.Local {
		return true
	}
	if p.BaseTemplate == "" {
		return address == strings.TrimRight(p.BaseURL, "/") && address != ""
	}
	form := placeholder.ReplaceAllString(regexp.QuoteMeta(strings.TrimRight(p.BaseTemplate, "/")), "[^/]+")
	matched, err := regexp.MatchString("^"+form+"$", address)
	return err == nil && matched
}

// placeholder is a ${NAME} of a template, quoted for a regular expression.
var placeholder = regexp.MustCompile(`\\\$\\\{[A-Z0-9_]+\\\}`)

// The bounds of an upstream's own model list.
const (
	maxListBytes    = 4 << 20
	maxListed       = 5000
	listingPatience = 30 * time.Second
)

// discover asks an upstream, by the id of its document, for its own models. It
// costs nothing at the vendor.
func (h *house) discover(ctx context.Context, id string) (hw.UpstreamModels, error) {
	at := slices.IndexFunc(h.holder.Load().Upstreams, func(up *snapshot.Upstream) bool { return up.ID == id })
	if at < 0 {
		return hw.UpstreamModels{}, hw.Errorf(hw.CodeNotFound, "This upstream is not in force any more.")
	}
	up := h.holder.Load().Upstreams[at]
	out := hw.UpstreamModels{At: time.Now().UTC()}
	speaks := outbound()[up.Provider.Dialect]
	lister, lists := speaks.(dialect.ModelLister)
	if !lists || !speaks.Serves(dialect.EndpointModels) {
		return failed(out, hw.CodeUpstreamNoModels, fmt.Sprintf("%s has no list of models that could be asked for.", up.Provider.Name)), nil
	}
	list, err := speaks.Adapt(dialect.Operation{Endpoint: dialect.EndpointModels}, nil, dialect.Target{}, false)
	if err != nil {
		return out, fmt.Errorf("asking for the models of %s: %w", up.Name, err)
	}
	body, err := h.readList(ctx, up, list)
	if err != nil {
		return h.diagnosed(ctx, out, up, list)
	}
	models, err := lister.ReadModels(body)
	if err != nil {
		//nolint:nilerr // the list that is none is the answer
		return failed(out, hw.CodeUpstreamMalformed, fmt.Sprintf("The list of models of %s is in no form that is known.", up.Name)), nil
	}
	for _, m := range models {
		if hw.IsModelName(m.ID) {
			out.Items = append(out.Items, hw.UpstreamModel{ID: m.ID})
		}
	}
	slices.SortFunc(out.Items, func(a, b hw.UpstreamModel) int { return strings.Compare(a.ID, b.ID) })
	out.Items = slices.CompactFunc(out.Items, func(a, b hw.UpstreamModel) bool { return a.ID == b.ID })
	out.Items = out.Items[:min(len(out.Items), maxListed)]
	out.OK = true
	return out, nil
}

var errNoList = errors.New("the upstream gave no list")

// readList reads the answer to the request for the list, with the first key
// that is in use.
func (h *house) readList(ctx context.Context, up *snapshot.Upstream, list dialect.Wire) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, listingPatience)
	defer cancel()
	var credential *snapshot.Credential
	for _, c := range up.Credentials {
		if c.Enabled {
			credential = c
			break
		}
	}
	resp, err := h.pool.Send(ctx, http.MethodGet, &snapshot.Target{Upstream: up, Credential: credential}, list)
	if err != nil {
		return nil, err //nolint:wrapcheck // diagnosed says in words what is wrong
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.Status != http.StatusOK {
		return nil, errNoList
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxListBytes))
	if err != nil {
		return nil, errNoList
	}
	return body, nil
}

// diagnosed finds out, step by step, why there is no list.
func (h *house) diagnosed(ctx context.Context, out hw.UpstreamModels, up *snapshot.Upstream, list dialect.Wire) (hw.UpstreamModels, error) {
	report := h.pool.Diagnose(ctx, up, list)
	out.Words, out.Hint, out.Code = report.Diagnosis, report.Hint, report.Code
	if report.OK {
		return failed(out, hw.CodeUpstreamBroken, fmt.Sprintf("%s did not give its list, and answers a test: try again.", up.Name)), nil
	}
	return out, nil
}

func failed(out hw.UpstreamModels, code hw.Code, words string) hw.UpstreamModels {
	row := code.Info()
	out.Words, out.Hint, out.Code = words, row.Hint, row.Public
	return out
}
