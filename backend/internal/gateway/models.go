package gateway

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
)

// nearLimit bounds how many near names an error offers, nearSearched how many
// routes are looked at: a wrong name must stay cheap.
const (
	nearLimit    = 3
	nearSearched = 500
)

// listModels answers the model list, or one model, from the snapshot.
func (g *Gateway) listModels(c *Call) error {
	models := visibleModels(c.snap, c.app())
	name, err := g.shown(c)
	if err != nil {
		return err
	}
	var body []byte
	if name != "" {
		i := slices.IndexFunc(models, func(m dialect.Model) bool { return m.ID == name })
		if i < 0 {
			_, err := findRoute(c.snap, c.app(), name)
			if err == nil { // answered by a wildcard route, listed nowhere
				models = []dialect.Model{{ID: name, OwnedBy: owner}}
				i = 0
			} else {
				return err
			}
		}
		body = c.in.Model(c.op, models[i])
	} else {
		body = c.in.Models(c.op, models)
	}
	return c.sendPlain(200, body, nil)
}

// shown is the one model that is asked for; empty for all. Some dialects name
// it in a body.
func (g *Gateway) shown(c *Call) (string, error) {
	if c.head.Method != http.MethodPost {
		return c.op.Model, nil
	}
	body, err := g.readBodyOf(c, maxErrorBody)
	if err != nil {
		return "", err
	}
	peek, err := c.in.Peek(c.op, body)
	return peek.Model, err //nolint:wrapcheck // the dialect's error is made for the caller
}

// owner is what a model list names as the owner of every route.
const owner = "headwater"

func visibleModels(s *snapshot.Snapshot, app *snapshot.App) []dialect.Model {
	models := []dialect.Model{}
	for r := range s.Routes(app) {
		models = append(models, dialect.Model{ID: r.Name, OwnedBy: owner})
	}
	slices.SortFunc(models, func(a, b dialect.Model) int { return cmp.Compare(a.ID, b.ID) })
	return models
}

// nearNames offers the routes whose names are closest to what was asked.
func nearNames(s *snapshot.Snapshot, app *snapshot.App, asked string) []string {
	type near struct {
		name     string
		distance int
	}
	asked = strings.ToLower(shorten(asked, 64))
	var found []near
	looked := 0
	for r := range s.Routes(app) {
		if looked++; looked > nearSearched {
			break
		}
		name := strings.ToLower(shorten(r.Name, 64))
		d := hw.NameDistance(asked, name)
		if d <= max(2, len(asked)/3) || strings.Contains(name, asked) || strings.Contains(asked, name) {
			found = append(found, near{r.Name, d})
		}
	}
	slices.SortFunc(found, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	names := make([]string, 0, nearLimit)
	for _, n := range found[:min(len(found), nearLimit)] {
		names = append(names, n.name)
	}
	return names
}
