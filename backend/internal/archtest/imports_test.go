package archtest

import (
	"slices"
	"strings"
	"testing"
)

// The data path: what a call goes through. The state packages implement its
// ports and are unknown to it.
var (
	dataPath = []string{
		"backend/internal/dialect/...", "backend/internal/limit", "backend/internal/capability", "backend/internal/guard", "backend/internal/cache",
		"backend/internal/prompt", "backend/internal/transform", "backend/internal/cond", "backend/internal/catalog",
		"backend/internal/health", "backend/internal/snapshot", "backend/internal/route", "backend/internal/upstream", "backend/internal/tokens",
		"backend/internal/gateway",
	}
	state   = []string{"backend/internal/store", "backend/internal/calllog", "backend/internal/secret", "backend/internal/bus"}
	control = []string{"backend/internal/admin", "backend/internal/adminapi", "backend/internal/portal", "backend/internal/mcp"}
	harness = []string{
		"testing", "testing/...", "github.com/google/go-cmp/...", "go.uber.org/goleak/...", "pgregory.net/rapid/...",
		"github.com/rogpeppe/go-internal/...", "net/http/httptest",
	}
)

// apart are the packages that only tests and measurements use.
var apart = []string{
	"backend/internal/testupstream/...", "backend/internal/store/storetest", "backend/internal/admin/admintest", "backend/internal/dialect/dialecttest", "backend/internal/bench", "backend/internal/archtest",
}

// dialectHelpers are the packages under dialect/ that every dialect may use;
// all others there are dialects.
var dialectHelpers = []string{"backend/internal/dialect", "backend/internal/dialect/sse", "backend/internal/dialect/peek"}

func rules() []rule {
	return []rule{
		{
			why:  "the vocabulary is what everybody shares: it knows nothing of ours",
			from: []string{"backend/hw"}, only: []string{},
		},
		{
			why:  "the vocabulary knows no storage and no transport",
			from: []string{"backend/hw"}, never: []string{"database/sql", "net/http"},
		},
		{
			why: "one mechanism each, pure: these know the vocabulary and nothing else of ours",
			from: []string{
				"backend/internal/limit", "backend/internal/capability", "backend/internal/guard", "backend/internal/cache", "backend/internal/prompt",
				"backend/internal/transform", "backend/internal/cond", "backend/internal/secret", "backend/internal/bus",
				"backend/internal/life", "backend/internal/ossvc/...", "backend/internal/listen", "backend/internal/schedule",
			},
			only: []string{"backend/hw", "backend/internal/ossvc"},
		},
		{
			why:    "a dialect knows the neutral form and no other dialect: N languages, not N x N pairs",
			from:   []string{"backend/internal/dialect/*"},
			except: dialectHelpers,
			only:   append([]string{"backend/hw"}, dialectHelpers...),
		},
		{
			why:  "the neutral form knows no dialect",
			from: []string{"backend/internal/dialect"}, only: append([]string{"backend/hw"}, dialectHelpers...),
		},
		{
			why:  "the helpers of dialects know no dialect",
			from: dialectHelpers[1:],
			only: append([]string{"backend/hw"}, dialectHelpers...),
		},
		{
			why:  "a dialect is bytes to bytes: it opens nothing and serves nothing",
			from: []string{"backend/internal/dialect/..."}, never: []string{"net/http", "os/exec", "database/sql"},
		},
		{
			why:  "health decides from outcomes, facts and a clock; who called and what is configured is not its business",
			from: []string{"backend/internal/health"}, only: append([]string{"backend/hw", "backend/internal/catalog"}, dialectHelpers...),
		},
		{
			why:  "facts know no configuration",
			from: []string{"backend/internal/catalog"}, only: []string{"backend/hw"},
		},
		{
			why:  "a snapshot is compiled from documents and facts; it knows nobody who uses it",
			from: []string{"backend/internal/snapshot"},
			never: append([]string{
				"backend/internal/route", "backend/internal/upstream", "backend/internal/gateway",
			}, slices.Concat(state, control)...),
		},
		{
			why:   "a plan is made from a snapshot and health; sending is not its business",
			from:  []string{"backend/internal/route"},
			never: append([]string{"backend/internal/upstream", "backend/internal/gateway", "net/http"}, slices.Concat(state, control)...),
		},
		{
			why:  "a call never waits on a database: configuration comes as a snapshot, the rest goes through bounded ports",
			from: dataPath, never: slices.Concat([]string{"database/sql"}, state, control),
		},
		{
			why:  "state knows documents and rows, not who compiles or calls",
			from: state,
			never: slices.Concat([]string{
				"backend/internal/snapshot", "backend/internal/route", "backend/internal/upstream", "backend/internal/gateway",
			}, control),
		},
		{
			why:   "a command ends at the snapshot's holder: use cases know no data path",
			from:  control,
			never: []string{"backend/internal/gateway", "backend/internal/upstream", "backend/internal/route", "backend/internal/snapshot"},
		},
		{
			why:  "use cases know no transport, so that REST, JSON-RPC and the command line are the same operation",
			from: []string{"backend/internal/admin"}, direct: true,
			never: []string{"net/http", "github.com/gorilla/websocket", "github.com/danielgtaylor/huma/...", "github.com/creachadair/jrpc2/...", "backend/internal/adminapi"},
		},
		{
			why:  "concrete types meet in appliance; nobody but the command reaches back into it",
			from: []string{"backend/...", "frontend", "app"}, except: []string{"backend/internal/appliance", "backend/cmd/headwater"},
			never: []string{"backend/internal/appliance"},
		},
		{
			why:  "nothing imports a command",
			from: []string{"backend/...", "frontend", "app"}, never: []string{"backend/cmd/..."},
		},
		{
			why:  "the client of the admin protocol is linked into the window: the vocabulary and the wire, no more",
			from: []string{"backend/adminclient/..."}, only: []string{"backend/hw", "backend/adminclient"},
		},
		{
			why:  "the window is a client: no product logic, no internals",
			from: []string{"app/..."}, only: []string{"backend/hw", "backend/adminclient/...", "frontend", "app/..."},
		},
		{
			why:  "the built page is files",
			from: []string{"frontend"}, only: []string{},
		},
		{
			why:  "nothing that serves runs another program; the service manager's package does, for 'headwater service'",
			from: []string{"backend/...", "frontend"}, direct: true,
			except: append([]string{"backend/internal/ossvc"}, apart...),
			never:  []string{"os/exec"},
		},
		{
			why:  "product code carries no test harness",
			from: []string{"backend/...", "frontend", "app/..."}, direct: true,
			except: apart, never: harness,
		},
		{
			why:    "the fake upstream is for tests and 'headwater dev'; what serves has simulator",
			from:   []string{"backend/...", "frontend", "app/..."},
			except: append([]string{"backend/cmd/headwater"}, apart...),
			never:  []string{"backend/internal/testupstream/..."},
		},
		{
			why:  "one logger, one random source, one way to reach assembler: the newer of each",
			from: []string{"backend/...", "frontend", "app/..."}, direct: true,
			never: []string{"log", "math/rand", "io/ioutil", "plugin", "unsafe"},
		},
	}
}

func TestNoPackageKnowsWhatItMayNot(t *testing.T) {
	for _, goos := range []string{"linux", "windows"} {
		g := load(t, goos)
		for _, r := range rules() {
			for _, finding := range r.findings(g) {
				t.Errorf("%s: %s", goos, finding)
			}
		}
	}
}

// plant is a graph of "package: import import ..." lines; names without a dot
// that begin with backend, app or frontend are ours.
func plant(lines ...string) graph {
	full := func(name string) string {
		if top, _, _ := strings.Cut(name, "/"); slices.Contains([]string{"backend", "app", "frontend"}, top) {
			return module + name
		}
		return name
	}
	g := graph{}
	for _, line := range lines {
		name, rest, _ := strings.Cut(line, ":")
		p := pkg{ImportPath: full(name)}
		for imported := range strings.FieldsSeq(rest) {
			p.Imports = append(p.Imports, full(imported))
		}
		g[p.ImportPath] = p
	}
	return g
}

func TestEveryRuleCatchesAPlantedViolation(t *testing.T) {
	planted := []struct {
		violation graph
		caught    string
	}{
		{plant("backend/hw: backend/internal/bus"), "the vocabulary is what everybody shares"},
		{plant("backend/hw: github.com/x/y", "github.com/x/y: database/sql"), "the vocabulary knows no storage"},
		{plant("backend/internal/bus: backend/internal/store"), "one mechanism each"},
		{plant("backend/internal/dialect/openai: backend/internal/dialect/anthropic", "backend/internal/dialect/anthropic:"), "a dialect knows the neutral form"},
		{plant("backend/internal/dialect: backend/internal/dialect/openai"), "the neutral form knows no dialect"},
		{plant("backend/internal/dialect/sse: backend/internal/dialect/openai"), "the helpers of dialects"},
		{plant("backend/internal/dialect/openai: net/http"), "a dialect is bytes to bytes"},
		{plant("backend/internal/health: backend/internal/snapshot"), "health decides"},
		{plant("backend/internal/catalog: backend/internal/health"), "facts know no configuration"},
		{plant("backend/internal/snapshot: backend/internal/route"), "a snapshot is compiled"},
		{plant("backend/internal/route: backend/internal/upstream"), "a plan is made"},
		{plant("backend/internal/gateway: backend/internal/limit", "backend/internal/limit: github.com/x/y", "github.com/x/y: database/sql"), "a call never waits"},
		{plant("backend/internal/gateway: backend/internal/calllog"), "a call never waits"},
		{plant("backend/internal/store: backend/internal/snapshot"), "state knows documents"},
		{plant("backend/internal/adminapi: backend/internal/gateway"), "a command ends"},
		{plant("backend/internal/admin: net/http"), "use cases know no transport"},
		{plant("backend/internal/adminapi: backend/internal/appliance"), "concrete types meet"},
		{plant("backend/internal/appliance: backend/cmd/headwater"), "nothing imports a command"},
		{plant("backend/adminclient: backend/internal/bus"), "the client of the admin protocol"},
		{plant("app: backend/internal/bus"), "the window is a client"},
		{plant("frontend: backend/hw"), "the built page is files"},
		{plant("backend/internal/gateway: os/exec"), "nothing that serves"},
		{plant("backend/internal/gateway: net/http/httptest"), "product code carries"},
		{plant("backend/internal/appliance: backend/internal/testupstream"), "the fake upstream is for tests"},
		{plant("backend/internal/gateway: log"), "one logger"},
	}
	all := rules()
	proven := map[string]bool{}
	for _, row := range planted {
		i := slices.IndexFunc(all, func(r rule) bool { return strings.HasPrefix(r.why, row.caught) })
		if i < 0 {
			t.Errorf("no rule begins with %q", row.caught)
			continue
		}
		proven[all[i].why] = true
		if len(all[i].findings(row.violation)) == 0 {
			t.Errorf("rule %q does not see %v", all[i].why, row.violation)
		}
	}
	for _, r := range all {
		if !proven[r.why] {
			t.Errorf("no planted violation for the rule %q", r.why)
		}
	}
}

func TestFindingNamesTheWholePath(t *testing.T) {
	g := plant("backend/internal/gateway: backend/internal/limit", "backend/internal/limit: github.com/x/y", "github.com/x/y: database/sql")
	r := rule{why: "because", from: []string{"backend/internal/gateway"}, never: []string{"database/sql"}}
	want := "headwater/backend/internal/gateway -> headwater/backend/internal/limit -> github.com/x/y -> database/sql: because"
	if got := r.findings(g); len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if r.never = []string{"database/sql/driver"}; len(r.findings(g)) > 0 {
		t.Error("database/sql counts as database/sql/driver")
	}
}
