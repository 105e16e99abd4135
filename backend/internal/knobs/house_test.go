package knobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/appliance"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Proofs wait far more than they work, so more of them than there are
	// processors run side by side.
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

// where names the house that a proof lives in.
type where string

// The houses. In all but the common one proofs run one after the other: they
// change what belongs to the installation as a whole.
const (
	common where = "common"
	limits where = "limits" // the settings, the budget of retries
	faults where = "faults" // fire drills, of which there is one at a time
	scopes where = "scopes" // as well
)

// proof shows that settings have their effect. What it needs is declared
// first, so that each house is configured once; then it runs.
type proof struct {
	settings []string
	house    where
	declare  func(s *site) func(t *testing.T)
}

// name is the setting that a proof is of, without its values where it has them all.
func (p *proof) name() string {
	name, _, has := strings.Cut(p.settings[0], "=")
	if has && len(p.settings) > 1 && !strings.HasPrefix(p.settings[1], name) {
		return p.settings[0]
	}
	return name
}

// runAll opens the houses, configures them and runs the proofs.
func runAll(t *testing.T, all []proof) {
	t.Helper()
	houses := map[where]*house{}
	for i, p := range all {
		h := houses[p.house]
		if h == nil {
			h = &house{}
			houses[p.house] = h
		}
		s := newSite(t, h, i)
		h.sites = append(h.sites, s)
		h.runs = append(h.runs, run{p.name(), p.declare(s)})
	}
	openAll(t, houses)
	for name, h := range houses {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			for _, r := range h.runs {
				t.Run(r.name, func(t *testing.T) {
					if name == common {
						t.Parallel()
					}
					r.do(t)
				})
			}
		})
	}
}

// run is a proof whose needs are declared.
type run struct {
	name string
	do   func(t *testing.T)
}

// openAll starts all houses, one for each processor at a time: starting is work,
// and what a busy house asks of its database has an end.
func openAll(t *testing.T, houses map[where]*house) {
	t.Helper()
	var opening sync.WaitGroup
	failures := make(chan error, len(houses))
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, h := range houses {
		dir := t.TempDir()
		opening.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			failures <- h.open(t.Context(), dir)
		})
	}
	opening.Wait()
	for _, h := range houses {
		t.Cleanup(func() { h.close(t) })
	}
	for range houses {
		if err := <-failures; err != nil {
			t.Fatal(err)
		}
	}
}

// house is one appliance in this process, with a key to its administration.
type house struct {
	sites     []*site
	runs      []run
	addresses hw.Addresses
	token     string
	client    *http.Client
	stop      context.CancelFunc
	ended     chan error
}

// open starts the appliance and applies what its proofs have declared.
func (h *house) open(ctx context.Context, dir string) error {
	ctx, h.stop = context.WithCancel(ctx)
	h.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	h.ended = make(chan error, 1)
	ready := make(chan hw.Addresses, 1)
	go func() {
		h.ended <- appliance.Run(ctx, appliance.Options{
			StateDir: dir, Listen: "127.0.0.1:0", AdminListen: "127.0.0.1:0", PortalListen: "127.0.0.1:0",
			Version: "1", LogTo: io.Discard, Ready: func(a hw.Addresses) { ready <- a },
		})
	}()
	select {
	case h.addresses = <-ready:
	case err := <-h.ended:
		h.ended <- err
		return errors.Join(errors.New("the appliance did not start"), err)
	}
	token, err := os.ReadFile(filepath.Join(dir, "admin.token"))
	if err != nil {
		return err
	}
	h.token = strings.TrimSpace(string(token))
	return h.apply(ctx, h.sites...)
}

func (h *house) close(t *testing.T) {
	t.Helper()
	h.stop()
	h.client.CloseIdleConnections()
	if err := <-h.ended; err != nil {
		t.Errorf("stopping the appliance: %v", err)
	}
}

// apply configures what sites have declared, as the command line does.
func (h *house) apply(ctx context.Context, sites ...*site) error {
	var all documents
	for _, s := range sites {
		all.add(&s.documents)
	}
	file, err := json.Marshal(all) // JSON is YAML
	if err != nil {
		return err
	}
	return h.admin(ctx, http.MethodPost, "config/apply", hw.ConfigFile{YAML: string(file)}, nil)
}

// errAdmin is what an error of the administration wraps, with its status and
// words.
var errAdmin = errors.New("the administration refuses")

// admin makes one request to the administration. A nil result is not read.
func (h *house) admin(ctx context.Context, method, path string, body, result any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+h.addresses.Admin+"/api/v1/"+path, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+h.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode >= 300:
		return fmt.Errorf("%w: %d %s", errAdmin, resp.StatusCode, got)
	case result == nil:
		return nil
	}
	return json.Unmarshal(got, result)
}

// documents are a configuration file.
type documents struct {
	Settings    *hw.Setting           `json:"settings,omitempty"`
	Models      []*hw.OwnModel        `json:"models,omitempty"`
	Tenants     []*hw.Tenant          `json:"tenants,omitempty"`
	Upstreams   []*hw.Upstream        `json:"upstreams,omitempty"`
	Credentials []*hw.CredentialInput `json:"credentials,omitempty"`
	Routes      []*hw.Route           `json:"routes,omitempty"`
	Apps        []*hw.App             `json:"apps,omitempty"`
	Keys        []*hw.Key             `json:"keys,omitempty"`
}

func (d *documents) add(more *documents) {
	if more.Settings != nil {
		d.Settings = more.Settings
	}
	d.Models = append(d.Models, more.Models...)
	d.Tenants = append(d.Tenants, more.Tenants...)
	d.Upstreams = append(d.Upstreams, more.Upstreams...)
	d.Credentials = append(d.Credentials, more.Credentials...)
	d.Routes = append(d.Routes, more.Routes...)
	d.Apps = append(d.Apps, more.Apps...)
	d.Keys = append(d.Keys, more.Keys...)
}
