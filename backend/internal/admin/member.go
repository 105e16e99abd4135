package admin

import (
	"slices"
	"unicode/utf8"

	"headwater/backend/hw"
)

// passwordMin is the length of the shortest password, in characters.
const passwordMin = 12

// prepareMember hashes the password that came in.
func prepareMember(s *Service, e *edit) error {
	if e.after == nil || e.secret == "" {
		return nil
	}
	if utf8.RuneCountInString(e.secret) < passwordMin {
		return hw.Invalid([]hw.Problem{{Field: "password", Text: "must have at least 12 characters"}})
	}
	hash, err := s.passwords.hash(e.secret)
	if err != nil {
		return err
	}
	e.after.(*hw.Member).PasswordHash = hash
	return nil
}

// keepAdministrator refuses a configuration that takes the last administrator
// away. The token of local administration could still repair it, but only on
// the machine itself.
func (s *Service) keepAdministrator(docs []hw.Document) error {
	if !s.hasAdministrator() || slices.ContainsFunc(docs, canAdminister) {
		return nil
	}
	e := hw.Errorf(hw.CodeInUse, "The last administrator cannot be taken away.")
	e.Hint = "Make another member an administrator first."
	return e
}

func canAdminister(d hw.Document) bool {
	m, ok := d.(*hw.Member)
	return ok && m != nil && m.Role == hw.RoleAdministrator && m.State != hw.StateDisabled
}

// memberSettled ends the sessions of a member who lost something: the role,
// the name, the password, the right to sign in, or the membership.
func memberSettled(s *Service, e edit) {
	before, ok := e.before.(*hw.Member)
	if !ok {
		return
	}
	after, stays := e.after.(*hw.Member)
	if stays && after.Role == before.Role && after.Name == before.Name &&
		after.PasswordHash == before.PasswordHash && after.State != hw.StateDisabled {
		return
	}
	s.endSessionsOf(before.Name)
}

// shownMember leaves the password's hash behind.
func shownMember(d hw.Document) hw.Document {
	m := *d.(*hw.Member)
	m.PasswordHash = ""
	return &m
}

// member finds who may sign in under a name; nil when nobody may.
func (s *Service) member(name string) *hw.Member {
	m, ok := s.inForce.Load().named(hw.KindMember, "", name).(*hw.Member)
	if !ok || m.State == hw.StateDisabled {
		return nil
	}
	return m
}

// hasAdministrator reports whether somebody can sign in as administrator.
func (s *Service) hasAdministrator() bool {
	return slices.ContainsFunc(s.inForce.Load().kind(hw.KindMember), canAdminister)
}
