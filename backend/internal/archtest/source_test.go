package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The sizes past which a thing fails. The aim is well below: 60 and 400.
const (
	maxFunctionLines = 80
	maxFileLines     = 600
)

// source is one package's product code, parsed.
type source struct {
	name  string // import path
	fset  *token.FileSet
	files []*ast.File
}

// sources parses all packages of ours, generated files left out.
func sources(t *testing.T) []source {
	t.Helper()
	g := load(t, "linux")
	var all []source
	for _, name := range g.ours() {
		s := source{name: name, fset: token.NewFileSet()}
		for _, file := range g[name].GoFiles {
			parsed, err := parser.ParseFile(s.fset, filepath.Join(g[name].Dir, file), nil, parser.ParseComments)
			if err != nil {
				t.Errorf("parsing %s: %v", file, err)
				continue
			}
			if !ast.IsGenerated(parsed) {
				s.files = append(s.files, parsed)
			}
		}
		all = append(all, s)
	}
	return all
}

// check runs a source rule over the product.
func check(t *testing.T, rule func(source) []string) {
	t.Helper()
	for _, s := range sources(t) {
		for _, finding := range rule(s) {
			t.Error(finding)
		}
	}
}

// planted parses one file as a package of its own.
func planted(t *testing.T, text string) source {
	t.Helper()
	s := source{name: "headwater/planted", fset: token.NewFileSet()}
	file, err := parser.ParseFile(s.fset, "planted.go", text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	s.files = append(s.files, file)
	return s
}

func (s source) at(pos token.Pos) string {
	p := s.fset.Position(pos)
	return fmt.Sprintf("%s/%s:%d", s.name, filepath.Base(p.Filename), p.Line)
}

// packageComments wants a text that says what a package is for: more than its name.
func packageComments(s source) []string {
	for _, f := range s.files {
		text := f.Doc.Text()
		first := "Package " + f.Name.Name + " "
		if f.Name.Name == "main" {
			first = "Command "
		}
		if strings.HasPrefix(text, first) && strings.Count(text, "\n") >= 3 {
			return nil
		}
	}
	if len(s.files) == 0 {
		return nil
	}
	return []string{s.name + ": no package comment that says what it is for, what it is not, and its invariant"}
}

// initFunctions finds work that happens before main.
func initFunctions(s source) []string {
	var found []string
	for _, f := range s.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, s.at(fn.Pos())+": init() hides work; New checks and wires, Run works")
			}
		}
	}
	return found
}

// sizes finds what has outgrown one reading.
func sizes(s source) []string {
	var found []string
	for _, f := range s.files {
		if lines := s.fset.File(f.Pos()).LineCount(); lines > maxFileLines {
			found = append(found, fmt.Sprintf("%s: %d lines, more than %d", s.at(f.Pos()), lines, maxFileLines))
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := s.fset.Position(fn.End()).Line - s.fset.Position(fn.Pos()).Line + 1
			if lines > maxFunctionLines {
				found = append(found, fmt.Sprintf("%s: %s has %d lines, more than %d", s.at(fn.Pos()), fn.Name.Name, lines, maxFunctionLines))
			}
		}
	}
	return found
}

// packageState finds package variables that change: those a function assigns
// to, and those of a type that exists to be changed.
func packageState(s source) []string {
	var found []string
	vars := map[string]bool{}
	for _, f := range s.files {
		for _, spec := range packageVars(f) {
			for _, name := range spec.Names {
				vars[name.Name] = name.Name != "_"
			}
			if text := typeText(spec.Type); strings.HasPrefix(text, "atomic.") ||
				slices.Contains([]string{"sync.Mutex", "sync.RWMutex", "sync.Map", "sync.Once", "sync.WaitGroup"}, text) {
				found = append(found, fmt.Sprintf("%s: package variable of type %s changes; give it an owner", s.at(spec.Pos()), text))
			}
		}
	}
	for _, f := range s.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				found = append(found, s.writes(fn, vars)...)
			}
		}
	}
	return found
}

// writes finds the assignments in fn whose left side begins at a package
// variable that nothing in the function hides.
func (s source) writes(fn *ast.FuncDecl, vars map[string]bool) []string {
	var found []string
	local := localNames(fn)
	note := func(left ast.Expr) {
		id := root(left)
		if id != nil && vars[id.Name] && !local[id.Name] {
			found = append(found, fmt.Sprintf("%s: %s changes the package variable %s", s.at(left.Pos()), fn.Name.Name, id.Name))
		}
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, left := range n.Lhs {
					note(left)
				}
			}
		case *ast.IncDecStmt:
			note(n.X)
		}
		return true
	})
	return found
}

// localNames are all names fn declares anywhere: a name used for both is taken
// for the local one.
func localNames(fn *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	add := func(list *ast.FieldList) {
		if list == nil {
			return
		}
		for _, field := range list.List {
			for _, name := range field.Names {
				names[name.Name] = true
			}
		}
	}
	add(fn.Recv)
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType:
			add(n.Params)
			add(n.Results)
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, left := range n.Lhs {
					if id, ok := left.(*ast.Ident); ok {
						names[id.Name] = true
					}
				}
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
					names[id.Name] = true
				}
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				names[id.Name] = true
			}
		}
		return true
	})
	return names
}

func packageVars(f *ast.File) []*ast.ValueSpec {
	var specs []*ast.ValueSpec
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok {
					specs = append(specs, v)
				}
			}
		}
	}
	return specs
}

// root is the variable an assignable expression begins at, or nil.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

func typeText(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.SelectorExpr:
		if id, ok := x.X.(*ast.Ident); ok {
			return id.Name + "." + x.Sel.Name
		}
	case *ast.IndexExpr:
		return typeText(x.X)
	}
	return ""
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T)  { check(t, packageComments) }
func TestNothingHappensBeforeMain(t *testing.T)     { check(t, initFunctions) }
func TestNothingOutgrowsOneReading(t *testing.T)    { check(t, sizes) }
func TestNoPackageVariableEverChanges(t *testing.T) { check(t, packageState) }

func TestEverySourceRuleCatchesAPlantedViolation(t *testing.T) {
	long := strings.Repeat("\t_ = 0\n", maxFunctionLines)
	for _, row := range []struct {
		why  string
		rule func(source) []string
		text string
		want int
	}{
		{"no comment", packageComments, "package planted", 1},
		{"a comment that says only the name", packageComments, "// Package planted is planted.\npackage planted", 1},
		{"a comment that says what it is for", packageComments, "// Package planted is a.\n//\n// It is not b.\npackage planted", 0},
		{"init", initFunctions, "package planted\nfunc init() {}", 1},
		{"a method may be called init", initFunctions, "package planted\ntype t int\nfunc (t) init() {}", 0},
		{"a long function", sizes, "package planted\nfunc f() {\n" + long + "}", 1},
		{"a long file", sizes, "package planted" + strings.Repeat("\n", maxFileLines+1), 1},
		{"assignment", packageState, "package planted\nvar v int\nfunc f() { v = 1 }", 1},
		{"count", packageState, "package planted\nvar v int\nfunc f() { v++ }", 1},
		{"an element of a map", packageState, "package planted\nvar v = map[int]int{}\nfunc f() { v[1] = 1 }", 1},
		{"a field", packageState, "package planted\nvar v struct{ a int }\nfunc f() { v.a = 1 }", 1},
		{"a lock", packageState, "package planted\nvar mu sync.Mutex", 1},
		{"an atomic pointer", packageState, "package planted\nvar p atomic.Pointer[int]", 1},
		{"a local of the same name", packageState, "package planted\nvar v int\nfunc f() { v := 0; v = 1; _ = v }", 0},
		{"a parameter of the same name", packageState, "package planted\nvar v int\nfunc f(v int) { v = 1 }", 0},
		{"a check of an interface", packageState, "package planted\nvar _ error = e{}\nfunc f() { _ = f }", 0},
		{"a table that is only read", packageState, "package planted\nvar v = []int{1}\nfunc f() int { return v[0] }", 0},
	} {
		if got := row.rule(planted(t, row.text)); len(got) != row.want {
			t.Errorf("%s: %d findings, want %d: %q", row.why, len(got), row.want, got)
		}
	}
}
