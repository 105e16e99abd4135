package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// module is the prefix of every package of ours.
const module = "headwater/"

// pkg is what `go list` knows of a package.
type pkg struct {
	ImportPath string
	Dir        string
	Name       string
	GoFiles    []string
	Imports    []string
	Standard   bool
}

// graph is all packages of the product with everything they reach.
type graph map[string]pkg

// load lists the packages of the product for one operating system. Packages
// that do not compile at the moment are listed all the same.
func load(t *testing.T, goos string) graph {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps",
		"-json=ImportPath,Dir,Name,GoFiles,Imports,Standard", module+"...")
	cmd.Env = append(cmd.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	g := graph{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		g[p.ImportPath] = p
	}
	if len(g.ours()) == 0 {
		t.Fatal("go list found no package of ours")
	}
	return g
}

// ours are the packages of the product, sorted.
func (g graph) ours() []string {
	var names []string
	for name := range g {
		if strings.HasPrefix(name, module) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// path finds a shortest way of imports from one package to any that match, or nil.
func (g graph) path(from string, match func(string) bool) []string {
	came := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at != from && match(at) {
			var way []string
			for ; at != ""; at = came[at] {
				way = append(way, at)
			}
			slices.Reverse(way)
			return way
		}
		for _, next := range g[at].Imports {
			if _, seen := came[next]; !seen {
				came[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// rule is one thing that packages may not know.
type rule struct {
	why string
	// from are patterns of our packages, relative to the module: "backend/hw",
	// "backend/internal/dialect/..." with everything below.
	from []string
	// except are packages of from that may.
	except []string
	// never are patterns of import paths that may not be reached.
	never []string
	// only, when set, are the patterns of our own packages that may be reached;
	// the rest of ours may not.
	only []string
	// direct limits the rule to the package's own imports: third parties may
	// use what we may not.
	direct bool
}

// findings names every edge of g that breaks r.
func (r rule) findings(g graph) []string {
	var found []string
	for _, from := range g.ours() {
		local := strings.TrimPrefix(from, module)
		if !matches(r.from, local) || matches(r.except, local) {
			continue
		}
		if r.direct {
			for _, to := range g[from].Imports {
				if r.forbids(to) {
					found = append(found, fmt.Sprintf("%s imports %s: %s", from, to, r.why))
				}
			}
			continue
		}
		if way := g.path(from, r.forbids); way != nil {
			found = append(found, fmt.Sprintf("%s: %s", strings.Join(way, " -> "), r.why))
		}
	}
	return found
}

// forbids says whether to may not be known.
func (r rule) forbids(to string) bool {
	own, isOurs := strings.CutPrefix(to, module)
	if !isOurs {
		return matches(r.never, to)
	}
	if matches(r.never, own) {
		return true
	}
	return r.only != nil && !matches(r.only, own)
}

// matches says whether name is one of the patterns; "x/..." is x and all below.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if base, ok := strings.CutSuffix(p, "/..."); ok {
			return name == base || strings.HasPrefix(name, base+"/")
		}
		if ok, err := path.Match(p, name); err != nil {
			panic("bug: pattern " + p)
		} else if ok {
			return true
		}
		return false
	})
}
