package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// Diff says what Apply would do with a file, and finds everything that is
// wrong with it. It asks for the write permission because a file may carry
// secrets, and "unchanged" says that they were right.
func (s *Service) Diff(actor hw.Actor, file string, prune bool) (hw.Plan, error) {
	if err := permit(actor, hw.PermConfigWrite); err != nil {
		return hw.Plan{}, err
	}
	read, err := readBundle(file) // before the lock: a large file takes its time
	if err != nil {
		return hw.Plan{}, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	plan, edits, err := s.plan(read, prune)
	if err != nil {
		return hw.Plan{}, err
	}
	v := s.inForce.Load()
	docs := v.with(edits)
	if err := s.keepAdministrator(docs); err != nil {
		return hw.Plan{}, err
	}
	_, problems := s.cfg.Compile(docs, v.generation+1)
	return plan, explain(edits, problems)
}

// Apply brings the configuration to what a file says, in one change: all of
// it, or nothing. What the file does not mention stays, unless prune is set:
// then documents go that are missing from a list the file has.
func (s *Service) Apply(ctx context.Context, actor hw.Actor, file string, prune bool) (hw.Plan, error) {
	if err := permit(actor, hw.PermConfigWrite); err != nil {
		return hw.Plan{}, err
	}
	read, err := readBundle(file) // before the lock: a large file takes its time
	if err != nil {
		return hw.Plan{}, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	plan, edits, err := s.plan(read, prune)
	if err != nil {
		return hw.Plan{}, err
	}
	if len(edits) > 0 {
		change, err := s.commit(ctx, store.Commit{
			Actor: actor.Name, Remote: actor.Remote, Action: "config.apply",
			Summary: fmt.Sprintf("apply a file: %d created, %d updated, %d deleted", plan.Creates, plan.Updates, plan.Deletes),
		}, edits)
		if err != nil {
			return hw.Plan{}, err
		}
		plan.Generation = change.Generation
	}
	plan.Applied = true
	return plan, nil
}

// Export writes the configuration as a file that Apply accepts. It holds no
// secret: applied where a credential or member already exists, the secret
// that is there stays.
func (s *Service) Export(actor hw.Actor) (string, error) {
	if err := permit(actor, hw.PermConfigRead); err != nil {
		return "", err
	}
	v := s.inForce.Load()
	lists := make([]bundleList, 0, len(kindRows()))
	for _, row := range kindRows() {
		if row.unfiled {
			continue
		}
		list := bundleList{noun: row.noun, single: row.kind == hw.KindSetting}
		for _, d := range v.kind(row.kind) {
			raw, err := json.Marshal(row.show(d))
			if err != nil {
				return "", fmt.Errorf("encoding %s %q: %w", d.Kind(), d.Label(), err)
			}
			list.items = append(list.items, raw)
		}
		lists = append(lists, list)
	}
	return writeBundle(lists)
}

// planner compares a file with what is in force.
type planner struct {
	s        *Service
	v        *view
	plan     hw.Plan
	edits    []edit
	problems []hw.Problem
	// seen are the documents that the file names, by kind, tenant and name.
	seen map[[3]string]bool
}

// plan works out what a file changes. The caller holds change.
func (s *Service) plan(file bundle, prune bool) (hw.Plan, []edit, error) {
	v := s.inForce.Load()
	p := planner{s: s, v: v, seen: map[[3]string]bool{}}
	p.plan = hw.Plan{Items: []hw.PlanItem{}, Generation: v.generation}
	for _, item := range file.items {
		if err := p.add(item); err != nil {
			return hw.Plan{}, nil, err
		}
	}
	if prune {
		p.prune(file.lists)
	}
	return p.plan, p.edits, hw.Invalid(p.problems)
}

// add plans one item. What is wrong with it is collected, so that a person
// sees all of it at once; an error is a failure of ours.
func (p *planner) add(item bundleItem) error {
	before := p.v.named(item.row.kind, item.tenant, item.name)
	id := [3]string{string(item.row.kind), item.tenant, item.name}
	if p.seen[id] {
		p.problem(item, hw.Problem{Field: "name", Text: "is in the file twice"})
		return nil
	}
	p.seen[id] = true
	e, err := p.edit(item, before)
	if err != nil {
		return p.note(item, err)
	}
	kind, what := item.row.kind, hw.PlanItem{Kind: item.row.kind, Tenant: item.tenant, Name: item.name}
	if before == nil {
		e.after.Head().ID = hw.NewIDFor(kind)
	}
	if err := p.s.complete(&e); err != nil {
		return p.note(item, err)
	}
	if e.reveal != "" {
		p.problem(item, hw.Problem{Field: "secret_sha256", Text: "is required: the secret of a key made here could not be shown"})
		return nil
	}
	what.Action, what.Fields, err = compare(before, e.after)
	if err != nil {
		return err
	}
	p.plan.Items = append(p.plan.Items, what)
	switch what.Action {
	case hw.PlanCreate:
		p.plan.Creates++
	case hw.PlanUpdate:
		p.plan.Updates++
	default:
		return nil
	}
	p.edits = append(p.edits, e)
	return nil
}

// edit decodes an item. The file says the whole document; only what a file
// cannot say is taken over from before.
func (p *planner) edit(item bundleItem, before hw.Document) (edit, error) {
	base := fields{}
	if before != nil {
		there, err := documentFields(before)
		if err != nil {
			return edit{}, err
		}
		for _, name := range []string{"sealed", "password_hash", "last4", "secret_sha256"} {
			if value, ok := there[name]; ok {
				base[name] = value
			}
		}
	}
	e, _, err := decodeEdit(item.row, before, base, item.body)
	if err != nil {
		return e, err
	}
	if e.secret != "" && p.s.holdsSecret(before, e.secret) {
		e.secret = ""
	}
	return e, nil
}

// holdsSecret reports whether a document already has the secret that a file
// gives it, so that applying the file again changes nothing.
func (s *Service) holdsSecret(before hw.Document, secret string) bool {
	switch d := before.(type) {
	case *hw.Credential:
		return s.sameSecret(d, secret)
	case *hw.Member:
		return s.passwords.matches(secret, d.PasswordHash)
	}
	return false
}

// prune plans the end of what the file's lists do not mention.
func (p *planner) prune(lists []hw.Kind) {
	kinds := hw.Kinds()
	slices.Reverse(kinds) // what refers goes before what it refers to
	for _, kind := range kinds {
		if kind == hw.KindSetting || !slices.Contains(lists, kind) {
			continue
		}
		for _, d := range p.v.kind(kind) {
			if p.seen[[3]string{string(kind), d.Head().Tenant, d.Label()}] {
				continue
			}
			p.edits = append(p.edits, edit{row: rowOf(kind), before: d})
			p.plan.Items = append(p.plan.Items, hw.PlanItem{Action: hw.PlanDelete, Kind: kind, Tenant: d.Head().Tenant, Name: d.Label()})
			p.plan.Deletes++
		}
	}
}

// note keeps what a person can correct and passes on what not.
func (p *planner) note(item bundleItem, err error) error {
	e := hw.AsError(err)
	if e.Code == hw.CodeInternal {
		return err
	}
	if len(e.Problems) == 0 {
		p.problem(item, hw.Problem{Field: e.Field, Text: e.Text})
	}
	for _, found := range e.Problems {
		p.problem(item, found)
	}
	return nil
}

func (p *planner) problem(item bundleItem, found hw.Problem) {
	found.Kind, found.Name = item.row.kind, item.name
	if found.Name == "" {
		found.Name = item.at
	}
	p.problems = append(p.problems, found)
}

// compare says what becomes of a document, and which fields change.
func compare(before, after hw.Document) (string, []string, error) {
	if before == nil {
		return hw.PlanCreate, nil, nil
	}
	was, err := documentFields(before)
	if err != nil {
		return "", nil, err
	}
	is, err := documentFields(after)
	if err != nil {
		return "", nil, err
	}
	var changed []string
	for name := range merged(was, is) {
		if string(was[name]) != string(is[name]) {
			changed = append(changed, outward(name))
		}
	}
	if len(changed) == 0 {
		return hw.PlanUnchanged, nil, nil
	}
	slices.Sort(changed)
	return hw.PlanUpdate, slices.Compact(changed), nil
}

// merged returns the names of both.
func merged(a, b fields) map[string]bool {
	names := make(map[string]bool, len(a)+len(b))
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	return names
}

// outward is what callers call a hidden field.
func outward(name string) string {
	switch name {
	case "sealed":
		return "secret"
	case "password_hash":
		return "password"
	}
	return name
}
