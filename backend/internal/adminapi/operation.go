package adminapi

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"headwater/backend/hw"
)

// operation is one row of the table.
type operation struct {
	// id is the JSON-RPC method and the OpenAPI operationId.
	id, method, path string
	permission       hw.Permission
	// summary is one sentence for the OpenAPI document.
	summary string
	// status is that of success; zero means 200, or 204 without a body.
	status int
	// bodyBytes bounds the request's body; zero means 1 MiB.
	bodyBytes int64
	// restOnly is true for what a socket cannot carry, such as a download.
	restOnly bool
	// hereOnly is true for what only this machine may ask for.
	hereOnly bool
	// add registers the handler, whose types only the row knows.
	add func(huma.API, huma.Operation)
}

// row makes an operation from a handler; the rest is set with the methods below.
func row[I, O any](id, method, path string, p hw.Permission, summary string, handle func(context.Context, *I) (*O, error)) operation {
	return operation{
		id: id, method: method, path: path, permission: p, summary: summary,
		add: func(api huma.API, op huma.Operation) {
			huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
				out, err := handle(ctx, in)
				if err != nil {
					return nil, refuse(ctx, err)
				}
				return out, nil
			})
		},
	}
}

// created says that success makes something.
func (o operation) created() operation {
	o.status = http.StatusCreated
	return o
}

// upTo sets the bound on the body.
func (o operation) upTo(bytes int64) operation {
	o.bodyBytes = bytes
	return o
}

// overRESTOnly keeps an operation off the socket.
func (o operation) overRESTOnly() operation {
	o.restOnly = true
	return o
}

// onlyHere keeps an operation off the listener for other machines.
func (o operation) onlyHere() operation {
	o.hereOnly = true
	return o
}

// slowestBody is what a line must carry in a second for the largest body of an
// operation to arrive in time.
const slowestBody = 128 << 10

// bodyTime is how long a body may take whose bound is so many bytes. What stands
// in its place otherwise is 5 s for every body, which a file of 22 MB needs a
// fast line and an idle machine for.
func bodyTime(bytes int64) time.Duration {
	return 10*time.Second + time.Duration(bytes/slowestBody)*time.Second
}

// newAPI makes the part that validates, documents and encodes.
func newAPI(mux *http.ServeMux, version string) huma.API {
	c := huma.DefaultConfig("Headwater administration", version)
	c.DocsPath, c.SchemasPath, c.OpenAPIPath = "", "", ""
	c.CreateHooks = nil // else every body gets a $schema field
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{ourProblems}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "http", Scheme: "bearer", Description: "The token of a session, or the content of admin.token"},
	}
	return humago.New(mux, c)
}

// register puts the rows on an API.
func register(api huma.API, operations []operation) {
	for _, o := range operations {
		op := huma.Operation{
			OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary,
			DefaultStatus: o.status, MaxBodyBytes: o.bodyBytes, BodyReadTimeout: bodyTime(o.bodyBytes),
			Responses:   map[string]*huma.Response{"default": problemResponse(api)},
			Middlewares: huma.Middlewares{asks(o.permission)},
			Extensions:  map[string]any{"x-permission": string(o.permission)},
		}
		if o.restOnly {
			op.Extensions["x-rest-only"] = true
		}
		if o.permission != hw.PermPublic {
			op.Security = []map[string][]string{{"session": {}}}
		}
		o.add(api, op)
	}
	// huma documents its own error, which never leaves this service.
	delete(api.OpenAPI().Components.Schemas.Map(), "ErrorModel")
	delete(api.OpenAPI().Components.Schemas.Map(), "ErrorDetail")
}

// asks refuses an actor without the permission before anything is decoded.
func asks(p hw.Permission) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		call := callOf(hc.Context())
		if call.actor.May(p) {
			next(hc)
			return
		}
		r, w := humago.Unwrap(hc)
		if call.refused != nil {
			writeProblem(w, r, call.refused)
			return
		}
		writeProblem(w, r, permitted(call.actor, p))
	}
}

// permitted is why an actor may not do what needs a permission; nil when he may.
func permitted(actor hw.Actor, p hw.Permission) error {
	switch {
	case actor.May(p):
		return nil
	case actor.Name == "":
		return hw.Errorf(hw.CodeUnauthenticated, "Sign in first.")
	}
	return hw.Errorf(hw.CodeForbidden, "%s may not do this: it needs the permission %s.", actor.Name, p)
}

// call is what is known of a request beside its content.
type call struct {
	id    string
	actor hw.Actor
	// token is what the actor proved himself with; empty for a call that came
	// through a socket, whose line looks after it.
	token string
	// refused is why a token that was sent was not taken; nil when none was sent.
	refused error
	// log takes what is our fault.
	log *slog.Logger
}

type callKey struct{}

func callOf(ctx context.Context) call {
	c, _ := ctx.Value(callKey{}).(call)
	return c
}

// actorOf is who asks.
func actorOf(ctx context.Context) hw.Actor { return callOf(ctx).actor }

// notAnOperation answers paths that are not in the table, and methods that a
// path does not have.
func notAnOperation(operations []operation) http.Handler {
	paths := http.NewServeMux()
	methods := map[string]string{}
	for _, o := range operations {
		if methods[o.path] == "" {
			methods[o.path] = o.method
			paths.HandleFunc(o.path, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Allow", methods[o.path])
				writeProblem(w, r, hw.Errorf(hw.CodeMethod, "%s is not offered here.", r.Method))
			})
			continue
		}
		methods[o.path] += ", " + o.method
	}
	paths.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, hw.Errorf(hw.CodeNotFound, "There is no such operation."))
	})
	return paths
}

// retryAfter is the header's value; empty when nothing is known.
func retryAfter(d hw.ProblemDetails) string {
	if d.RetryAfterS <= 0 {
		return ""
	}
	return strconv.FormatInt(d.RetryAfterS, 10)
}
