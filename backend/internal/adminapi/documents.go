package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
)

// listIn asks for one page of documents.
type listIn struct {
	Tenant string `query:"tenant" maxLength:"64" doc:"Only the documents of this tenant"`
	Search string `query:"q" maxLength:"200" doc:"Only names that contain this"`
	Limit  int    `query:"limit" minimum:"0" maximum:"5000" doc:"Size of the page; 0 means 500"`
	After  string `query:"after" maxLength:"64" doc:"The next of the page before"`
}

// refIn names one document.
type refIn struct {
	Ref    string `path:"ref" maxLength:"200" doc:"Id, or name"`
	Tenant string `query:"tenant" maxLength:"64" doc:"Tenant the name belongs to; absent means the installation"`
}

func (in refIn) ref() admin.Ref { return admin.Ref{Tenant: in.Tenant, Name: in.Ref} }

// createIn carries a new document.
type createIn[In any] struct{ Body object[In] }

// updateIn names a document and carries its changes.
type updateIn[In any] struct {
	Ref    string `path:"ref" maxLength:"200" doc:"Id, or name"`
	Tenant string `query:"tenant" maxLength:"64" doc:"Tenant the name belongs to; absent means the installation"`
	Body   patch[In]
}

// deleteIn names a document that is to go.
type deleteIn struct {
	Ref     string `path:"ref" maxLength:"200" doc:"Id, or name"`
	Tenant  string `query:"tenant" maxLength:"64" doc:"Tenant the name belongs to; absent means the installation"`
	Version int64  `query:"version" minimum:"0" doc:"Version that was read; 0 means whatever is there"`
}

// documentRows are the five operations that every noun has: Doc is what
// leaves the service, In what comes in, Made what the creation answers.
func documentRows[Doc, In, Made any](s *Server, kind hw.Kind, noun string, read, write hw.Permission) []operation {
	a := s.cfg.Admin
	path := "/api/v1/" + noun
	one := path + "/{ref}"
	return []operation{
		row(noun+".list", http.MethodGet, path, read, "List "+noun,
			func(ctx context.Context, in *listIn) (*answer[hw.Page[Doc]], error) {
				page, err := a.List(actorOf(ctx), kind, admin.ListQuery{Tenant: in.Tenant, Search: in.Search, Limit: in.Limit, After: in.After})
				return answered(typedPage[Doc](page), err)
			}),
		row(noun+".get", http.MethodGet, one, read, "Get one of the "+noun,
			func(ctx context.Context, in *refIn) (*answer[Doc], error) {
				d, err := a.Get(actorOf(ctx), kind, in.ref())
				return answered(typed[Doc](d), err)
			}),
		row(noun+".create", http.MethodPost, path, write, "Create one of the "+noun,
			func(ctx context.Context, in *createIn[In]) (*answer[Made], error) {
				r, err := a.Create(ctx, actorOf(ctx), kind, in.Body.RawMessage)
				return answered(made[Made](r), err)
			}).created(),
		row(noun+".update", http.MethodPatch, one, write, "Change one of the "+noun,
			func(ctx context.Context, in *updateIn[In]) (*answer[Doc], error) {
				r, err := a.Update(ctx, actorOf(ctx), kind, admin.Ref{Tenant: in.Tenant, Name: in.Ref}, in.Body.RawMessage)
				return answered(typed[Doc](r.Document), err)
			}),
		row(noun+".delete", http.MethodDelete, one, write, "Delete one of the "+noun,
			func(ctx context.Context, in *deleteIn) (*nothing, error) {
				return done(a.Delete(ctx, actorOf(ctx), kind, admin.Ref{Tenant: in.Tenant, Name: in.Ref}, in.Version))
			}),
	}
}

// typed is a document as its own type; the zero value for none.
func typed[Doc any](d hw.Document) Doc {
	if p, ok := any(d).(*Doc); ok && p != nil {
		return *p
	}
	var none Doc
	return none
}

// made is the answer to a creation: the document, or the key with its secret.
func made[Made any](r admin.Result) Made {
	var out Made
	if created, ok := any(&out).(*hw.CreatedKey); ok {
		created.Key, created.Secret = typed[hw.Key](r.Document), r.Secret
		return out
	}
	return typed[Made](r.Document)
}

func typedPage[Doc any](page hw.Page[hw.Document]) hw.Page[Doc] {
	out := hw.Page[Doc]{Items: make([]Doc, 0, len(page.Items)), Next: page.Next, Total: page.Total}
	for _, d := range page.Items {
		out.Items = append(out.Items, typed[Doc](d))
	}
	return out
}
