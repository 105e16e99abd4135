package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// Ref names a document: by its id, or by its name in a tenant.
type Ref struct {
	// Tenant is the owning tenant's name; empty means the installation. Not
	// looked at when Name is an id.
	Tenant string
	// Name is an id or a name.
	Name string
}

// ListQuery narrows a list.
type ListQuery struct {
	// Tenant keeps the documents of one tenant; empty means all.
	Tenant string
	// Search keeps names that contain it, in any case of letters.
	Search string
	// Limit is the size of a page. Zero means 500; at most 5000.
	Limit int
	// After is the Next of the page before; empty means the first.
	After string
}

// The sizes of a page of documents.
const (
	defaultPage = 500
	maxPage     = 5000
)

// commitTimeout bounds one change, the compile included. Unit: wall time.
const commitTimeout = 30 * time.Second

// Result is a document after a command, with the secret that is shown once.
type Result struct {
	Document hw.Document
	// Secret is the key that Headwater made; empty in every other case.
	Secret string
}

// edit is one document of a command: from before, nil when it is created, to
// after, nil when it is deleted.
type edit struct {
	row           kindRow
	before, after hw.Document
	// secret is what came in the row's secret field; empty when nothing did.
	secret string
	// reveal is what the actor is shown once.
	reveal string
}

// List returns one page of the documents of a kind, by tenant and name.
func (s *Service) List(actor hw.Actor, kind hw.Kind, q ListQuery) (hw.Page[hw.Document], error) {
	row := rowOf(kind)
	page := hw.Page[hw.Document]{Items: []hw.Document{}}
	if err := permit(actor, row.read); err != nil {
		return page, err
	}
	limit := min(max(q.Limit, 0), maxPage)
	if limit == 0 {
		limit = defaultPage
	}
	search := strings.ToLower(q.Search)
	passed := q.After == ""
	for _, d := range s.inForce.Load().kind(kind) {
		if q.Tenant != "" && d.Head().Tenant != q.Tenant || !matches(d, search) {
			continue
		}
		page.Total++
		switch {
		case !passed:
			passed = cursor(d) == q.After
		case len(page.Items) < limit:
			page.Items = append(page.Items, row.show(d))
		case page.Next == "":
			page.Next = cursor(page.Items[limit-1])
		}
	}
	if !passed {
		return page, hw.Errorf(hw.CodeConflict, "The list has changed; read it again from the start.").At("query.after")
	}
	return page, nil
}

// cursor names a place in a list.
func cursor(d hw.Document) string { return d.Head().ID }

// Get returns one document.
func (s *Service) Get(actor hw.Actor, kind hw.Kind, ref Ref) (hw.Document, error) {
	row := rowOf(kind)
	if err := permit(actor, row.read); err != nil {
		return nil, err
	}
	d, err := s.inForce.Load().find(kind, ref)
	if err != nil {
		return nil, err
	}
	return row.show(d), nil
}

// Create makes a document of a JSON object.
func (s *Service) Create(ctx context.Context, actor hw.Actor, kind hw.Kind, body json.RawMessage) (Result, error) {
	row := rowOf(kind)
	if err := permit(actor, row.write); err != nil {
		return Result{}, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	return s.create(ctx, actor, row, body)
}

// create is Create for who holds change and has been authorised.
func (s *Service) create(ctx context.Context, actor hw.Actor, row kindRow, body json.RawMessage) (Result, error) {
	e, _, err := decodeEdit(row, nil, fields{}, body)
	if err != nil {
		return Result{}, err
	}
	e.after.Head().ID = hw.NewIDFor(row.kind)
	if err := s.complete(&e); err != nil {
		return Result{}, err
	}
	return s.commitOne(ctx, actor, "create", e)
}

// Update merges a JSON object into a document (RFC 7396: an absent field stays
// as it is, null takes it back to its default). A version in the object must be
// the one in force.
func (s *Service) Update(ctx context.Context, actor hw.Actor, kind hw.Kind, ref Ref, patch json.RawMessage) (Result, error) {
	row := rowOf(kind)
	if err := permit(actor, row.write); err != nil {
		return Result{}, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	before, err := s.inForce.Load().find(kind, ref)
	if err != nil {
		return Result{}, err
	}
	base, err := documentFields(before)
	if err != nil {
		return Result{}, err
	}
	e, version, err := decodeEdit(row, before, base, patch)
	if err != nil {
		return Result{}, err
	}
	if err := expect(before, version); err != nil {
		return Result{}, err
	}
	if err := s.complete(&e); err != nil {
		return Result{}, err
	}
	return s.commitOne(ctx, actor, "update", e)
}

// Delete removes a document that nothing refers to. A version other than zero
// must be the one in force.
func (s *Service) Delete(ctx context.Context, actor hw.Actor, kind hw.Kind, ref Ref, version int64) error {
	row := rowOf(kind)
	if err := permit(actor, row.write); err != nil {
		return err
	}
	s.change.Lock()
	defer s.change.Unlock()
	before, err := s.inForce.Load().find(kind, ref)
	if err != nil {
		return err
	}
	if err := expect(before, version); err != nil {
		return err
	}
	e := edit{row: row, before: before}
	if row.prepare != nil {
		if err := row.prepare(s, &e); err != nil {
			return err
		}
	}
	_, err = s.commitOne(ctx, actor, "delete", e)
	return err
}

// expect compares the version an actor has read with the one in force.
func expect(d hw.Document, version int64) error {
	if version == 0 || version == d.Head().Version {
		return nil
	}
	e := hw.Errorf(hw.CodeConflict, "%s changed %s %q at %s; you have version %d, it is now version %d.",
		d.Head().UpdatedBy, d.Kind(), d.Label(), d.Head().UpdatedAt.Format("2006-01-02 15:04:05 MST"), version, d.Head().Version)
	return e.At("version")
}

// complete does what is special about a kind, then checks the document by
// itself and its name among the others.
func (s *Service) complete(e *edit) error {
	if e.row.prepare != nil {
		if err := e.row.prepare(s, e); err != nil {
			return err
		}
	}
	if err := hw.Invalid(e.after.Validate()); err != nil {
		return err
	}
	head := e.after.Head()
	if e.before != nil && e.before.Head().Tenant != head.Tenant {
		return hw.Invalid([]hw.Problem{{Field: "tenant", Text: "cannot be changed"}})
	}
	twin := s.inForce.Load().named(e.row.kind, head.Tenant, e.after.Label())
	if twin != nil && twin.Head().ID != head.ID {
		return hw.Errorf(hw.CodeTaken, "The name %q is taken.", e.after.Label()).At("name")
	}
	return nil
}

// commitOne commits a command on one document.
func (s *Service) commitOne(ctx context.Context, actor hw.Actor, verb string, e edit) (Result, error) {
	subject := e.after
	if subject == nil {
		subject = e.before
	}
	c := store.Commit{
		Actor: actor.Name, Remote: actor.Remote,
		Action:  e.row.noun + "." + verb,
		Summary: fmt.Sprintf("%s %s %s%s", verb, subject.Kind(), subject.Label(), inTenant(subject.Head().Tenant)),
	}
	if _, err := s.commit(ctx, c, []edit{e}); err != nil {
		return Result{}, aboutOne(err, e)
	}
	return Result{Document: e.row.show(e.after), Secret: e.reveal}, nil
}

// commit stores edits as one change, puts them in force and tells. The caller
// holds change.
func (s *Service) commit(ctx context.Context, c store.Commit, edits []edit) (hw.Change, error) {
	for _, e := range edits {
		w, err := e.storeWrite()
		if err != nil {
			return hw.Change{}, err
		}
		c.Writes = append(c.Writes, w)
	}
	docs := s.inForce.Load().with(edits)
	if err := s.keepAdministrator(docs); err != nil {
		return hw.Change{}, err
	}
	// A caller that gives up must not leave it open what became of the change.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	var publish func()
	var refused error
	change, err := s.cfg.Store.Commit(ctx, c, func(generation int64) error {
		var problems []hw.Problem
		publish, problems = s.cfg.Compile(docs, generation)
		refused = explain(edits, problems)
		return refused
	})
	switch {
	case refused != nil:
		return hw.Change{}, refused
	case err != nil:
		s.resync(ctx)
		return hw.Change{}, err
	}
	for _, e := range edits {
		if e.after != nil {
			head := e.after.Head()
			head.UpdatedAt, head.UpdatedBy = change.At, change.Actor
		}
	}
	s.inForce.Store(newView(change.Generation, docs))
	publish()
	s.cfg.Bus.Publish(hw.TopicConfig, hw.ConfigChanged{Generation: change.Generation, Actor: c.Actor, Summary: c.Summary})
	for _, e := range edits {
		if e.row.settled != nil {
			e.row.settled(s, e)
		}
	}
	return change, nil
}

// resync reads the configuration anew after the store has refused a change
// that memory allowed, or could not say what became of it: somebody else may
// have written, or the change may be there after all.
func (s *Service) resync(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	if err := s.load(ctx); err != nil {
		s.cfg.Log.Error("reading the configuration anew", "error", err)
	}
}

// storeWrite turns an edit into what the store writes, and counts the version.
func (e edit) storeWrite() (store.Write, error) {
	var w store.Write
	if e.before != nil {
		w.Expect = e.before.Head().Version
	}
	doc := e.after
	if doc == nil {
		doc = e.before
		w.Delete = true
	} else {
		doc.Head().Version = w.Expect + 1
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return w, fmt.Errorf("encoding %s %q: %w", doc.Kind(), doc.Label(), err)
	}
	w.Document = store.Document{
		Kind: doc.Kind(), ID: doc.Head().ID, Name: doc.Label(), Tenant: doc.Head().Tenant, Body: body,
	}
	return w, nil
}
