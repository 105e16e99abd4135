package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"headwater/backend/hw"
)

// The files in the state directory, both readable by the service account only.
const (
	// SetupCodeFile holds the setup code and, on its second line, when it ends.
	SetupCodeFile = "setup.code"
	// LocalTokenFile holds the token of local administration.
	LocalTokenFile = "admin.token"
)

const (
	// setupLife is how long a setup code can be redeemed.
	setupLife = 15 * time.Minute
	// setupName is the name under which wrong setup codes are counted.
	setupName = "setup"
	// setupActor is who the first administrator is made by.
	setupActor = "setup"
)

// setupCode is the code that makes the first administrator.
type setupCode struct {
	wrong throttle
	mu    sync.Mutex
	// The fields below are guarded by mu.
	hash    [sha256.Size]byte
	expires time.Time
}

// prepareSetup makes a setup code while there is no administrator, or goes on
// with the one that is still good.
func (s *Service) prepareSetup() error {
	if s.hasAdministrator() {
		return s.dropSetupCode()
	}
	raw, err := os.ReadFile(s.statePath(SetupCodeFile))
	if err == nil {
		code, until, _ := strings.Cut(string(raw), "\n")
		expires, parseErr := time.Parse(time.RFC3339, strings.TrimSpace(until))
		if parseErr == nil && time.Until(expires) > 0 {
			s.setup.mu.Lock()
			defer s.setup.mu.Unlock()
			s.setup.hash, s.setup.expires = setupHash(code), expires
			return nil
		}
	}
	_, _, err = s.newSetupCode()
	return err
}

// SetupState says whether there is an administrator yet. Anyone may ask.
func (s *Service) SetupState() hw.SetupState {
	return hw.SetupState{Needed: !s.hasAdministrator(), Version: s.cfg.Version}
}

// NewSetupCode replaces the setup code, for who administers the machine itself.
func (s *Service) NewSetupCode(actor hw.Actor) (hw.SetupCode, error) {
	if err := permit(actor, hw.PermMembersWrite); err != nil {
		return hw.SetupCode{}, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	if s.hasAdministrator() {
		return hw.SetupCode{}, alreadySetUp()
	}
	code, expires, err := s.newSetupCode()
	return hw.SetupCode{Code: code, ExpiresAt: expires}, err
}

// RedeemSetup makes the first administrator and signs in.
func (s *Service) RedeemSetup(ctx context.Context, in hw.SetupInput, remote string) (hw.SignedIn, error) {
	s.change.Lock()
	defer s.change.Unlock()
	if s.hasAdministrator() {
		return hw.SignedIn{}, alreadySetUp()
	}
	if err := s.setup.wrong.check(setupName); err != nil {
		return hw.SignedIn{}, err
	}
	if !s.setup.matches(in.Code) {
		s.setup.wrong.failed(setupName)
		e := hw.Errorf(hw.CodeUnauthenticated, "The setup code is wrong or has run out.").At("code")
		e.Hint = "Run 'headwater setup-code' on the machine for a fresh one."
		return hw.SignedIn{}, e
	}
	body, err := json.Marshal(map[string]string{"name": in.Name, "role": string(hw.RoleAdministrator), "password": in.Password})
	if err != nil {
		return hw.SignedIn{}, fmt.Errorf("encoding the first administrator: %w", err)
	}
	made, err := s.create(ctx, hw.Actor{Name: setupActor, Remote: remote}, rowOf(hw.KindMember), body)
	if err != nil {
		return hw.SignedIn{}, err
	}
	if err := s.dropSetupCode(); err != nil {
		s.cfg.Log.Warn("removing the used setup code", "error", err)
	}
	return s.openSession(ctx, made.Document.(*hw.Member), remote)
}

func alreadySetUp() error {
	e := hw.Errorf(hw.CodeForbidden, "There is an administrator already.")
	e.Hint = "Sign in, or ask the administrator to make you a member."
	return e
}

// matches compares a code in constant time, however it is written.
func (c *setupCode) matches(code string) bool {
	hash := setupHash(code)
	c.mu.Lock()
	defer c.mu.Unlock()
	same := subtle.ConstantTimeCompare(hash[:], c.hash[:]) == 1
	return same && time.Until(c.expires) > 0
}

// setupHash is the hash of a code without what people add or leave out when
// they copy it: dashes, spaces and the case of letters.
func setupHash(code string) [sha256.Size]byte {
	code = strings.NewReplacer("-", "", " ", "", "\r", "").Replace(strings.ToUpper(code))
	return sha256.Sum256([]byte(code))
}

// newSetupCode makes a code of 80 bits, as XXXX-XXXX-XXXX-XXXX.
func (s *Service) newSetupCode() (string, time.Time, error) {
	raw := make([]byte, 10)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	text := base32.StdEncoding.EncodeToString(raw)
	code := strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
	expires := time.Now().UTC().Add(setupLife).Truncate(time.Second)
	if err := s.writeState(SetupCodeFile, code+"\n"+expires.Format(time.RFC3339)+"\n"); err != nil {
		return "", time.Time{}, err
	}
	s.setup.mu.Lock()
	defer s.setup.mu.Unlock()
	s.setup.hash, s.setup.expires = setupHash(code), expires
	return code, expires, nil
}

// dropSetupCode makes the code worthless and removes its file.
func (s *Service) dropSetupCode() error {
	s.setup.mu.Lock()
	s.setup.expires = time.Time{}
	s.setup.mu.Unlock()
	err := os.Remove(s.statePath(SetupCodeFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the setup code: %w", err)
	}
	return nil
}

// makeLocalToken makes the token of local administration anew at every start.
func (s *Service) makeLocalToken() error {
	token := newToken()
	s.local = sha256.Sum256([]byte(token))
	return s.writeState(LocalTokenFile, token+"\n")
}

func (s *Service) statePath(name string) string { return filepath.Join(s.cfg.StateDir, name) }

// writeState replaces a small secret file of the state directory. It is
// written beside and renamed, so that a reader sees the old or the new one,
// and it is readable by the service account only from its first byte.
func (s *Service) writeState(name, text string) error {
	f, err := os.CreateTemp(s.cfg.StateDir, "."+name+"-*") // mode 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	_, writeErr := f.WriteString(text)
	err = errors.Join(writeErr, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.statePath(name))
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
