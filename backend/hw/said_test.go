package hw

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the page's list of sentences anew")

// pageFile is where the page has the English of every sentence, to which it adds
// the Chinese.
const pageFile = "../../frontend/src/shared/i18n/said.gen.json"

var argument = regexp.MustCompile(`\{(\w+)\}`)

// argumentsOf are the names in a row, sorted.
func argumentsOf(row string) []string {
	names := []string{}
	for _, found := range argument.FindAllStringSubmatch(row, -1) {
		names = append(names, found[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestThePageHasEverySentence(t *testing.T) {
	rows := map[string]string{}
	for key, row := range sentences {
		rows[string(key)] = argument.ReplaceAllString(row, "{{$1}}")
	}
	var want bytes.Buffer
	out := json.NewEncoder(&want)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(map[string]any{"$generated": "by go generate ./backend/hw; do not edit", "sentences": rows}); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(pageFile, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(pageFile); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Fatalf("%s is not up to date (%v): run this test with -update", pageFile, err)
	}
}

// TestEverySentenceIsSaidAsItsRowHasIt reads the source: a key that is not in the
// table, or an argument that its row does not have, would be seen only where the
// sentence is said.
func TestEverySentenceIsSaidAsItsRowHasIt(t *testing.T) {
	said := map[SaidKey]bool{}
	packages := map[string][]*ast.File{}
	files := token.NewFileSet()
	err := filepath.WalkDir("../internal", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, parsed := range packages {
		r := &reader{files: files, sayers: sayersOf(parsed), said: said, fail: t.Errorf}
		for _, file := range parsed {
			ast.Inspect(file, r.visit)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(sentences)) {
		if !said[key] {
			t.Errorf("%s is never said", key)
		}
	}
}

func TestTheReaderFindsWhatIsSaidWrong(t *testing.T) {
	for name, row := range map[string]struct{ call, want string }{
		"as the row has it":   {`hw.Say("connect.refused", "host", h)`, ""},
		"through a sayer":     {`no("", "connect.refused", "host", h)`, ""},
		"no such key":         {`hw.Say("connect.no_such")`, "no row"},
		"another argument":    {`hw.Say("connect.refused", "server", h)`, "arguments"},
		"no argument":         {`no("", "connect.refused")`, "arguments"},
		"a value without one": {`hw.Say("connect.refused", "host")`, "arguments"},
		"a key of a variable": {`hw.Say(h)`, "literal"},
	} {
		t.Run(name, func(t *testing.T) {
			files := token.NewFileSet()
			source := "package p\nfunc no(seen string, key hw.SaidKey, args ...any) { hw.Say(key, args...) }\nfunc f() { " + row.call + " }"
			file, err := parser.ParseFile(files, "p.go", source, 0)
			if err != nil {
				t.Fatal(err)
			}
			var told []string
			r := &reader{files: files, sayers: sayersOf([]*ast.File{file}), said: map[SaidKey]bool{}, fail: func(format string, args ...any) {
				told = append(told, fmt.Sprintf(format, args...))
			}}
			ast.Inspect(file, r.visit)
			if got := strings.Join(told, "; "); (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
				t.Errorf("it says %q, want %q", got, row.want)
			}
		})
	}
}

// sayersOf are the functions that take a key and pass it on, each with the place
// of the key among its parameters.
func sayersOf(files []*ast.File) map[string]int {
	sayers := map[string]int{"Say": 0}
	for _, file := range files {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			at := 0
			for _, field := range f.Type.Params.List {
				if typed, ok := field.Type.(*ast.SelectorExpr); ok && typed.Sel.Name == "SaidKey" {
					sayers[f.Name.Name] = at
				}
				at += len(field.Names)
			}
		}
	}
	return sayers
}

// reader looks at the calls of one package.
type reader struct {
	files  *token.FileSet
	sayers map[string]int
	said   map[SaidKey]bool
	fail   func(format string, args ...any)
}

func (r *reader) visit(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return true
	}
	name := ""
	switch called := call.Fun.(type) {
	case *ast.Ident:
		name = called.Name
	case *ast.SelectorExpr:
		name = called.Sel.Name
	}
	at, sayer := r.sayers[name]
	if !sayer || call.Ellipsis.IsValid() || at >= len(call.Args) { // a sayer passes on what it was given
		return true
	}
	where := r.files.Position(call.Pos())
	key, ok := literal(call.Args[at])
	if !ok {
		r.fail("%s: the key is no literal", where)
		return true
	}
	r.said[SaidKey(key)] = true
	row, known := sentences[SaidKey(key)]
	if !known {
		r.fail("%s: %s has no row", where, key)
		return true
	}
	names := []string{}
	rest := call.Args[at+1:]
	for i := 0; i < len(rest); i += 2 {
		one, _ := literal(rest[i])
		names = append(names, one)
	}
	slices.Sort(names)
	if want := argumentsOf(row); len(rest)%2 != 0 || !slices.Equal(names, want) {
		r.fail("%s: %s is said with the arguments %q, its row has %q", where, key, names, want)
	}
	return true
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// TestNoArgumentHasANameThatThePageReads: its translator takes these for orders.
func TestNoArgumentHasANameThatThePageReads(t *testing.T) {
	for key, row := range sentences {
		for _, name := range argumentsOf(row) {
			if slices.Contains([]string{"count", "context", "lng", "lngs", "ns", "replace", "interpolation", "ordinal", "defaultValue", "postProcess"}, name) {
				t.Errorf("%s has the argument %s", key, name)
			}
		}
	}
}

func TestASentenceAndItsEnglishAreOne(t *testing.T) {
	words, said := Tell(
		Say("completion.question", "who", "{status} {x}", "status", 400),
		Said{},
		Say("completion.says", "words", "two\nlines\x1b[2J"),
	)
	if want := "{status} {x} refused the question (400). It says: two lines [2J"; words != want || len(said) != 2 {
		t.Errorf("%q %v, want %q", words, said, want)
	}
	hidden := said[1].With(func(string) string { return "[key]" })
	if hidden.Words() != "It says: [key]" || said[1].Args["words"] == "[key]" {
		t.Errorf("%v %v", hidden, said[1])
	}
	if words, said := Tell(Said{}); words != "" || said != nil {
		t.Errorf("nothing is told as %q %v", words, said)
	}
}

func TestARecordOfAnEarlierVersionIsRead(t *testing.T) {
	var old CapabilityRecord
	const kept = `{"id":"c","checks":[{"name":"plain.answer","outcome":"no","ms":2,"words":"The answer is empty."}],"stopped":"It was canceled."}`
	if err := json.Unmarshal([]byte(kept), &old); err != nil || old.Checks[0].Words != "The answer is empty." || old.Checks[0].WordsSaid != nil || old.StoppedSaid != nil || old.Whole() {
		t.Errorf("%+v %v", old, err)
	}
}
