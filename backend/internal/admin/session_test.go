package admin_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/admin/admintest"
)

const password = "correct horse battery"

// code is the setup code in the state directory.
func code(t *testing.T, h *admintest.House) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(h.Dir, admin.SetupCodeFile))
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(raw), "\n")
	return text
}

// setUp makes the first administrator and returns the session.
func setUp(t *testing.T, h *admintest.House) hw.SignedIn {
	t.Helper()
	in, err := h.RedeemSetup(t.Context(), hw.SetupInput{Code: code(t, h), Name: "root", Password: password}, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestSetup(t *testing.T) {
	t.Run("the code makes one administrator, once, and signs in", func(t *testing.T) {
		h := house(t)
		if !h.SetupState().Needed {
			t.Error("setup is not needed")
		}
		// The way people copy it: small letters and no dashes.
		typed := strings.ToLower(strings.ReplaceAll(code(t, h), "-", " "))
		in, err := h.RedeemSetup(t.Context(), hw.SetupInput{Code: typed, Name: "root", Password: password}, "127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		actor, err := h.Authenticate(t.Context(), in.Token, "127.0.0.1")
		if err != nil || actor.Name != "root" || actor.Role != hw.RoleAdministrator {
			t.Errorf("signed in as %+v (%v)", actor, err)
		}
		if h.SetupState().Needed {
			t.Error("setup is still needed")
		}
		if _, err := os.Stat(filepath.Join(h.Dir, admin.SetupCodeFile)); !os.IsNotExist(err) {
			t.Errorf("the code's file is still there (%v)", err)
		}
		_, err = h.RedeemSetup(t.Context(), hw.SetupInput{Code: typed, Name: "second", Password: password}, "127.0.0.1")
		wantCode(t, err, hw.CodeForbidden)
		_, err = h.NewSetupCode(admintest.Root())
		wantCode(t, err, hw.CodeForbidden)
	})
	t.Run("the files are for the service account only", func(t *testing.T) {
		h := house(t)
		for _, name := range []string{admin.SetupCodeFile, admin.LocalTokenFile} {
			info, err := os.Stat(filepath.Join(h.Dir, name))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v (%v)", name, info.Mode(), err)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(h.Dir, ".*")); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	t.Run("five wrong codes lock even the right one for 15 minutes", func(t *testing.T) {
		h := house(t)
		right := code(t, h)
		for range 5 {
			_, err := h.RedeemSetup(t.Context(), hw.SetupInput{Code: "AAAA-AAAA-AAAA-AAAA", Name: "root", Password: password}, "")
			wantField(t, err, hw.CodeUnauthenticated, "code")
		}
		_, err := h.RedeemSetup(t.Context(), hw.SetupInput{Code: right, Name: "root", Password: password}, "")
		if e := wantCode(t, err, hw.CodeRateLimited); e.RetryAfter < 14*time.Minute {
			t.Errorf("retry after %v", e.RetryAfter)
		}
	})
	t.Run("a weak password leaves the code good", func(t *testing.T) {
		h := house(t)
		_, err := h.RedeemSetup(t.Context(), hw.SetupInput{Code: code(t, h), Name: "root", Password: "short"}, "")
		wantField(t, err, hw.CodeInvalid, "password")
		setUp(t, h)
	})
	t.Run("a fresh code makes the old one worthless", func(t *testing.T) {
		h := house(t)
		old := code(t, h)
		fresh, err := h.NewSetupCode(hw.Actor{Name: admin.LocalActor, Role: hw.RoleAdministrator})
		if err != nil || fresh.Code != code(t, h) || time.Until(fresh.ExpiresAt) > 15*time.Minute {
			t.Errorf("fresh is %+v (%v)", fresh, err)
		}
		_, err = h.RedeemSetup(t.Context(), hw.SetupInput{Code: old, Name: "root", Password: password}, "")
		wantCode(t, err, hw.CodeUnauthenticated)
	})
	t.Run("a code outlives a restart but not its time", func(t *testing.T) {
		dir := t.TempDir()
		first := code(t, admintest.Open(t, dir))
		if second := code(t, admintest.Open(t, dir)); second != first {
			t.Errorf("the code went from %s to %s", first, second)
		}
		past := time.Now().Add(-time.Second).Format(time.RFC3339)
		if err := os.WriteFile(filepath.Join(dir, admin.SetupCodeFile), []byte(first+"\n"+past+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if third := code(t, admintest.Open(t, dir)); third == first {
			t.Error("a code that has run out is still good")
		}
	})
	t.Run("there is none once there is an administrator", func(t *testing.T) {
		dir := t.TempDir()
		setUp(t, admintest.Open(t, dir))
		h := admintest.Open(t, dir)
		if _, err := os.Stat(filepath.Join(h.Dir, admin.SetupCodeFile)); !os.IsNotExist(err) {
			t.Errorf("there is a code (%v)", err)
		}
	})
}

func TestSignIn(t *testing.T) {
	h := house(t)
	setUp(t, h)
	signIn := func(name, password string) (hw.SignedIn, error) {
		return h.SignIn(t.Context(), hw.SignInInput{Name: name, Password: password}, "10.0.0.9")
	}
	t.Run("opens a session whose token is not kept", func(t *testing.T) {
		in, err := signIn("root", password)
		if err != nil || len(in.Token) != 64 || in.Session.Member != "root" || !in.Session.Current {
			t.Fatalf("signed in as %+v (%v)", in, err)
		}
		files, _ := filepath.Glob(filepath.Join(h.Dir, "*"))
		for _, f := range files {
			if content, err := os.ReadFile(f); err == nil {
				wantAbsent(t, f, string(content), in.Token, password)
			}
		}
		wantAbsent(t, "the log", h.Logged.String(), in.Token, password)
	})
	t.Run("a wrong password and an unknown name are told apart by nothing", func(t *testing.T) {
		_, wrong := signIn("root", "wrong password here")
		_, unknown := signIn("nobody", "wrong password here")
		if a, b := wantCode(t, wrong, hw.CodeUnauthenticated), wantCode(t, unknown, hw.CodeUnauthenticated); a.Text != b.Text {
			t.Errorf("%q and %q", a.Text, b.Text)
		}
	})
	t.Run("five failures lock the name, known or not, and no other", func(t *testing.T) {
		for _, name := range []string{"root", "nobody"} {
			for range 5 {
				_, _ = signIn(name, "wrong password here")
			}
			_, err := signIn(name, password)
			wantCode(t, err, hw.CodeRateLimited)
		}
		_, err := signIn("somebody", password)
		wantCode(t, err, hw.CodeUnauthenticated)
	})
	t.Run("is in the audit chain, refused or not", func(t *testing.T) {
		report, err := h.VerifyAudit(t.Context(), admintest.Root())
		if err != nil || !report.OK || report.Links < 10 {
			t.Errorf("audit is %+v (%v)", report, err)
		}
	})
}

func TestThrottleForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var th admin.Throttle
		for range 5 {
			th.Failed("root")
		}
		if th.Check("root") == nil {
			t.Fatal("not locked after five failures")
		}
		time.Sleep(15*time.Minute - time.Second)
		if th.Check("root") == nil {
			t.Error("open before 15 minutes are over")
		}
		time.Sleep(time.Second)
		if err := th.Check("root"); err != nil {
			t.Errorf("locked after 15 minutes: %v", err)
		}
		th.Failed("root")
		if err := th.Check("root"); err != nil {
			t.Errorf("locked by one failure of a new count: %v", err)
		}
	})
	t.Run("is bounded", func(t *testing.T) {
		var th admin.Throttle
		for i := range 20_000 {
			th.Failed(string(rune(i)) + "x")
		}
		if n := th.Len(); n > 10_000 {
			t.Errorf("%d names are remembered", n)
		}
	})
}

func TestSessionEnds(t *testing.T) {
	h := house(t)
	setUp(t, h)
	h.Must(t, hw.KindMember, `{"name":"eve","role":"administrator","password":"`+password+`"}`)
	start := func(t *testing.T) (hw.SignedIn, <-chan struct{}) {
		t.Helper()
		in, err := h.SignIn(t.Context(), hw.SignInInput{Name: "eve", Password: password}, "")
		if err != nil {
			t.Fatal(err)
		}
		cut, forget := h.SessionEnded(in.Session.ID)
		t.Cleanup(forget)
		return in, cut
	}
	update := func(patch string) func(hw.SignedIn) error {
		return func(hw.SignedIn) error {
			_, err := h.Update(t.Context(), admintest.Root(), hw.KindMember, named("eve"), raw(patch))
			return err
		}
	}
	for _, row := range []struct {
		why  string
		do   func(hw.SignedIn) error
		stay bool
	}{
		{"a title is no reason", update(`{"title":"Eve"}`), true},
		{"signing out", func(in hw.SignedIn) error {
			return h.SignOut(t.Context(), hw.Actor{Name: "eve", Role: hw.RoleViewer, Session: in.Session.ID})
		}, false},
		{"revoked by an administrator", func(in hw.SignedIn) error {
			return h.RevokeSession(t.Context(), admintest.Root(), in.Session.ID)
		}, false},
		{"another role", update(`{"role":"viewer"}`), false},
		{"another password", update(`{"password":"` + password + `"}`), false},
		{"disabled", update(`{"state":"disabled"}`), false},
		{"enabled again is no reason", func(in hw.SignedIn) error { return nil }, true},
		{"deleted", func(hw.SignedIn) error {
			return h.Delete(t.Context(), admintest.Root(), hw.KindMember, named("eve"), 0)
		}, false},
	} {
		t.Run(row.why, func(t *testing.T) {
			if _, err := h.Update(t.Context(), admintest.Root(), hw.KindMember, named("eve"), raw(`{"state":"enabled"}`)); err != nil {
				t.Fatal(err)
			}
			in, cut := start(t)
			if err := row.do(in); err != nil {
				t.Fatal(err)
			}
			ended := false
			select {
			case <-cut:
				ended = true
			default:
			}
			if ended == row.stay {
				t.Errorf("the line was cut: %v, want %v", ended, !row.stay)
			}
			_, err := h.Authenticate(t.Context(), in.Token, "")
			if row.stay && err != nil {
				t.Error(err)
			}
			if !row.stay {
				wantCode(t, err, hw.CodeUnauthenticated)
			}
		})
	}
}

func TestAuthenticate(t *testing.T) {
	h := house(t)
	in := setUp(t, h)
	t.Run("the local token is an administrator without a session", func(t *testing.T) {
		actor, err := h.Authenticate(t.Context(), h.LocalToken(t), "127.0.0.1")
		if err != nil || actor.Name != admin.LocalActor || actor.Session != "" || !actor.May(hw.PermMembersWrite) {
			t.Errorf("actor is %+v (%v)", actor, err)
		}
		info, err := h.CurrentSession(t.Context(), actor)
		if err != nil || info.ID != "" || !info.Current {
			t.Errorf("session is %+v (%v)", info, err)
		}
		wantCode(t, h.SignOut(t.Context(), actor), hw.CodeUnsupported)
	})
	t.Run("the local token is another one after a restart", func(t *testing.T) {
		dir := t.TempDir()
		before := admintest.Open(t, dir).LocalToken(t)
		again := admintest.Open(t, dir)
		_, err := again.Authenticate(t.Context(), before, "")
		wantCode(t, err, hw.CodeUnauthenticated)
	})
	for _, token := range []string{"", "x", strings.Repeat("0", 64), strings.Repeat("a", 100_000), in.Session.ID} {
		t.Run("nobody holds "+token[:min(len(token), 10)], func(t *testing.T) {
			_, err := h.Authenticate(t.Context(), token, "")
			wantCode(t, err, hw.CodeUnauthenticated)
		})
	}
	t.Run("sessions are listed without their tokens", func(t *testing.T) {
		list, err := h.Sessions(t.Context(), admintest.Root())
		text, _ := json.Marshal(list)
		wantAbsent(t, "the list", string(text), in.Token)
		if err != nil || len(list) != 1 || list[0].ID != in.Session.ID {
			t.Errorf("sessions are %s (%v)", text, err)
		}
		wantCode(t, h.RevokeSession(t.Context(), admintest.Root(), "ses_ghost"), hw.CodeNotFound)
	})
	t.Run("a session rests for 30 minutes at most", func(t *testing.T) {
		if err := h.Store.TouchSession(t.Context(), in.Session.ID, time.Now().Add(-30*time.Minute)); err != nil {
			t.Fatal(err)
		}
		cut, forget := h.SessionEnded(in.Session.ID)
		defer forget()
		wantCode(t, h.Check(t.Context(), in.Token), hw.CodeUnauthenticated)
		select {
		case <-cut:
		default:
			t.Error("the line was not cut")
		}
	})
}

func TestLastAdministratorStays(t *testing.T) {
	h := house(t)
	setUp(t, h)
	h.Must(t, hw.KindMember, `{"name":"eve","role":"viewer","password":"`+password+`"}`)
	for name, do := range map[string]func() error{
		"deleted": func() error { return h.Delete(t.Context(), admintest.Root(), hw.KindMember, named("root"), 0) },
		"disabled": func() error {
			_, err := h.Update(t.Context(), admintest.Root(), hw.KindMember, named("root"), raw(`{"state":"disabled"}`))
			return err
		},
		"a viewer": func() error {
			_, err := h.Update(t.Context(), admintest.Root(), hw.KindMember, named("root"), raw(`{"role":"viewer"}`))
			return err
		},
		"pruned": func() error { _, err := h.Apply(t.Context(), admintest.Root(), "members: []\n", true); return err },
	} {
		t.Run("cannot be "+name, func(t *testing.T) { wantCode(t, do(), hw.CodeInUse) })
	}
}

func TestMemberPassword(t *testing.T) {
	h := admintest.New(t)
	t.Run("needs twelve characters", func(t *testing.T) {
		for _, short := range []string{"", "elevenchars"} {
			_, err := h.Create(t.Context(), admintest.Root(), hw.KindMember, raw(`{"name":"x","role":"viewer","password":"`+short+`"}`))
			wantField(t, err, hw.CodeInvalid, "password")
		}
	})
	t.Run("is kept as argon2id with 46 MiB and never comes back", func(t *testing.T) {
		r := h.Must(t, hw.KindMember, `{"name":"x","role":"viewer","password":"twelve chars"}`)
		if r.Document.(*hw.Member).PasswordHash != "" {
			t.Error("the hash comes back")
		}
		docs, _ := h.Documents()
		if hash := docs[0].(*hw.Member).PasswordHash; !strings.HasPrefix(hash, "$argon2id$v=19$m=47104,t=1,p=1$") {
			t.Errorf("the hash is %q", hash)
		}
	})
}
