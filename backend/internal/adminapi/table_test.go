package adminapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/adminapi"
)

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithoutCancel(t.Context()))
}

// permissions are those that vocabulary knows.
func permissions() []hw.Permission {
	return []hw.Permission{
		hw.PermPublic, hw.PermSelf, hw.PermStatusRead, hw.PermUpstreamsRead, hw.PermUpstreamsWrite, hw.PermRoutesRead, hw.PermRoutesWrite,
		hw.PermAppsRead, hw.PermAppsWrite, hw.PermTenantsRead, hw.PermTenantsWrite, hw.PermMembersRead, hw.PermMembersWrite, hw.PermCallsRead,
		hw.PermSettingsRead, hw.PermSettingsWrite, hw.PermConfigRead, hw.PermConfigWrite, hw.PermAuditRead,
		hw.PermJobsRead, hw.PermJobsWrite, hw.PermDrillsRead, hw.PermDrillsWrite, hw.PermConsoleWrite,
	}
}

// public are the operations that nobody has to be signed in for. A new one is
// written down here as well, on purpose.
func public() []string { return []string{"setup.get", "setup.redeem", "sessions.create"} }

func TestTable(t *testing.T) {
	tests := testSources(t)
	rows := adminapi.Rows()
	asked := map[hw.Permission]bool{}
	ids := map[string]bool{}
	for _, row := range rows {
		asked[row.Permission] = true
		if ids[row.ID] {
			t.Errorf("%s is there twice", row.ID)
		}
		ids[row.ID] = true
		if !slices.Contains(permissions(), row.Permission) {
			t.Errorf("%s asks for %q, which is no permission", row.ID, row.Permission)
		}
		if row.Permission == hw.PermPublic && !slices.Contains(public(), row.ID) {
			t.Errorf("%s is public", row.ID)
		}
		if row.Method != http.MethodGet && row.Method != "" && strings.HasSuffix(string(row.Permission), ".read") {
			t.Errorf("%s changes something with a permission to read", row.ID)
		}
		if row.Summary == "" && row.Method != "" {
			t.Errorf("%s has no summary", row.ID)
		}
		if !tested(row, tests) {
			t.Errorf("%s is in no test", row.ID)
		}
	}
	for _, p := range permissions() {
		if !asked[p] {
			t.Errorf("no operation asks for %s", p)
		}
	}
}

// tested reports whether a test names the operation, or its path.
func tested(row adminapi.Row, sources string) bool {
	if strings.Contains(sources, row.ID) {
		return true
	}
	noun, verb, _ := strings.Cut(row.ID, ".")
	// The nouns are walked by one test, which names path and verb apart.
	generic := slices.Contains([]string{"list", "get", "create", "update", "delete"}, verb)
	return generic && strings.Contains(sources, `"`+noun+"/") || generic && strings.Contains(sources, `post("`+noun)
}

func testSources(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	return all.String()
}

// TestEveryOperationRefuses walks the table over the wire: nobody gets
// anything but what is public, and a viewer gets no permission to write.
func TestEveryOperationRefuses(t *testing.T) {
	l := listen(t)
	l.Must(t, hw.KindMember, `{"name":"eve","role":"viewer","password":"correct horse battery"}`)
	eve, err := l.SignIn(t.Context(), hw.SignInInput{Name: "eve", Password: "correct horse battery"}, "")
	if err != nil {
		t.Fatal(err)
	}
	viewer := hw.Actor{Name: "eve", Role: hw.RoleViewer}
	for _, row := range adminapi.Rows() {
		if row.Method == "" || row.Permission == hw.PermPublic {
			continue
		}
		path := strings.NewReplacer("{ref}", "x", "{id}", "x").Replace(row.Path)
		for who, header := range map[string]string{"nobody": "", "a wrong token": "Bearer " + strings.Repeat("0", 64), "basic": "Basic cm9vdDpyb290"} {
			t.Run(row.ID+" refuses "+who, func(t *testing.T) {
				wantProblem(t, l.do(t, row.Method, path, `{"not":"looked at"}`, "Authorization", header), hw.CodeUnauthenticated)
			})
		}
		if !viewer.May(row.Permission) {
			t.Run(row.ID+" refuses a viewer", func(t *testing.T) {
				wantProblem(t, l.do(t, row.Method, path, `{"not":"looked at"}`, "Authorization", "Bearer "+eve.Token), hw.CodeForbidden)
			})
		}
	}
	if docs, generation := l.Documents(); len(docs) != 1 || generation != 1 {
		t.Errorf("%d documents at generation %d", len(docs), generation)
	}
}

func TestProblemsRoundTrip(t *testing.T) {
	quoted := map[string]hw.Code{}
	for _, info := range hw.CodeTable() {
		if was := quoted[info.Public]; was != "" || info.Hint == "" || !strings.HasPrefix(info.Public, "HW-") {
			t.Errorf("%s is quoted as %q, so is %q; its hint is %q", info.Code, info.Public, was, info.Hint)
		}
		quoted[info.Public] = info.Code
		e := hw.Errorf(info.Code, "what happened")
		e.Problems = []hw.Problem{{Field: "a.b", Text: "wrong"}, {Kind: hw.KindRoute, Name: "fast", Field: "tiers[0]", Text: "dangling"}}
		raw, err := json.Marshal(e.Details("req_x"))
		if err != nil {
			t.Fatal(err)
		}
		var d hw.ProblemDetails
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatal(err)
		}
		back := d.Err()
		if back.Code != e.Code || back.Text != e.Text || back.NextStep() != e.NextStep() || !slices.Equal(back.Problems, e.Problems) {
			t.Errorf("%s comes back as %+v", info.Code, back)
		}
	}
}
