package adminapi

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"headwater/backend/hw"
)

// contentProblem is the type of an error's body; RFC 9457.
const contentProblem = "application/problem+json"

// refusal is an error on its way out through huma.
type refusal struct{ hw.ProblemDetails }

// Error implements error.
func (r *refusal) Error() string { return r.Detail }

// GetStatus implements huma.StatusError.
func (r *refusal) GetStatus() int { return r.Status }

// ContentType implements huma.ContentTypeFilter.
func (r *refusal) ContentType(string) string { return contentProblem }

// GetHeaders implements huma.HeadersError.
func (r *refusal) GetHeaders() http.Header {
	h := http.Header{}
	if wait := retryAfter(r.ProblemDetails); wait != "" {
		h.Set("Retry-After", wait)
	}
	return h
}

// refuse turns an error of a use case into an answer.
func refuse(ctx context.Context, err error) error {
	c := callOf(ctx)
	c.logFailure(err)
	return &refusal{ProblemDetails: hw.AsError(err).Details(c.id)}
}

// ourProblems turns what huma finds wrong with a request into our form. The
// value that was found is left out: it may be a secret.
func ourProblems(hc huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	d := hw.Errorf(codeOfStatus(m.Status), "%s", sentence(m)).Details(callOf(hc.Context()).id)
	d.Status = m.Status
	for _, e := range m.Errors {
		if e != nil {
			d.Errors = append(d.Errors, hw.ProblemPlace{Location: e.Location, Message: e.Message})
		}
	}
	return d, nil
}

// codeOfStatus is the code of what huma refuses by itself.
func codeOfStatus(status int) hw.Code {
	switch status {
	case http.StatusBadRequest:
		return hw.CodeBadJSON
	case http.StatusRequestTimeout:
		return hw.CodeBodyTimeout
	case http.StatusRequestEntityTooLarge:
		return hw.CodeTooLarge
	case http.StatusUnprocessableEntity:
		return hw.CodeInvalid
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		return hw.CodeBadRequest
	}
	return hw.CodeInternal
}

// sentence is the detail of what huma refuses.
func sentence(m *huma.ErrorModel) string {
	if len(m.Errors) == 0 || m.Errors[0] == nil {
		return "The request was refused: " + m.Detail + "."
	}
	first := m.Errors[0]
	if first.Location == "" {
		return first.Message
	}
	return first.Location + ": " + first.Message
}

// problemResponse documents the error answer.
func problemResponse(api huma.API) *huma.Response {
	registry := api.OpenAPI().Components.Schemas
	return &huma.Response{
		Description: "Error",
		Content: map[string]*huma.MediaType{
			contentProblem: {Schema: registry.Schema(reflect.TypeFor[hw.ProblemDetails](), true, "")},
		},
	}
}

// writeProblem answers with an error outside of huma.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	d := hw.AsError(err).Details(callOf(r.Context()).id)
	body, encodeErr := json.Marshal(d)
	if encodeErr != nil {
		panic("bug: encoding a problem: " + encodeErr.Error())
	}
	h := w.Header()
	h.Set("Content-Type", contentProblem)
	if wait := retryAfter(d); wait != "" {
		h.Set("Retry-After", wait)
	}
	w.WriteHeader(d.Status)
	_, _ = w.Write(body) // a caller that is gone needs no answer
}
