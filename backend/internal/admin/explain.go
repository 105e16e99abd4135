package admin

import (
	"errors"
	"slices"
	"strings"

	"headwater/backend/hw"
)

// explain turns what the compile found into what the actor can act on. What is
// wrong with an edited document is invalid; what is wrong with another one is
// so because the edit took away what it refers to: in use.
func explain(edits []edit, problems []hw.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	own := make([]hw.Problem, 0, len(problems))
	var users []string
	for _, p := range problems {
		if isEdited(edits, p) {
			own = append(own, p)
			continue
		}
		user := string(p.Kind) + " " + p.Name
		if !slices.Contains(users, user) {
			users = append(users, user)
		}
	}
	if len(users) > 0 && removesName(edits) {
		e := hw.Errorf(hw.CodeInUse, "It is used by %s.", listed(users))
		e.Problems = problems
		return e
	}
	if len(own) == 0 {
		own = problems
	}
	return hw.Invalid(own)
}

// aboutOne says what is wrong with a command on one document in the terms of
// that document: its fields are those of the body that was sent.
func aboutOne(err error, e edit) error {
	found, ok := errors.AsType[*hw.Error](err)
	if !ok || found.Code != hw.CodeInvalid || e.after == nil {
		return err
	}
	own := make([]hw.Problem, 0, len(found.Problems))
	for _, p := range found.Problems {
		if p.Kind == e.row.kind && p.Name == e.after.Label() {
			p = hw.Problem{Field: p.Field, Text: p.Text}
		}
		own = append(own, p)
	}
	return hw.Invalid(own)
}

func isEdited(edits []edit, p hw.Problem) bool {
	return slices.ContainsFunc(edits, func(e edit) bool {
		return e.after != nil && e.row.kind == p.Kind && e.after.Label() == p.Name
	})
}

// removesName reports whether an edit takes a name away that others may refer to.
func removesName(edits []edit) bool {
	return slices.ContainsFunc(edits, func(e edit) bool {
		return e.before != nil && (e.after == nil || e.after.Label() != e.before.Label())
	})
}

// listed joins names into a phrase and counts what does not fit.
func listed(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and others"
}
