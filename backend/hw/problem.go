package hw

import (
	"strings"
	"time"
)

// ProblemDetails is an error as the admin operations answer it: RFC 9457
// (application/problem+json) with Headwater's code, next step and request id.
// JSON-RPC carries the same object as the error's data.
type ProblemDetails struct {
	// Title is the code in words, Status the HTTP status.
	Title  string `json:"title" doc:"The code in words" example:"version conflict"`
	Status int    `json:"status" doc:"HTTP status"`
	// Detail says what happened.
	Detail string `json:"detail" doc:"What happened"`
	// Code is stable; Public is the same thing as people quote it.
	Code   Code   `json:"code" doc:"Stable error code" example:"taken"`
	Public string `json:"public" doc:"The code as people quote it" example:"HW-NAME-409"`
	// Hint says what to do next.
	Hint      string `json:"hint,omitempty" doc:"What to do next"`
	RequestID string `json:"request_id,omitempty" doc:"Quote this to the administrator"`
	// RetryAfterS is in whole seconds; zero means unknown.
	RetryAfterS int64 `json:"retry_after_s,omitempty" doc:"Seconds until trying again makes sense"`
	// Errors are the single findings, each with its place in the request.
	Errors []ProblemPlace `json:"errors,omitempty" doc:"The single findings"`
}

// ProblemPlace is one finding and where in the request it hurts.
type ProblemPlace struct {
	// Location is body.…, query.… or path.…; empty when it is about another document.
	Location string `json:"location,omitempty" doc:"Where in the request" example:"body.base_url"`
	Message  string `json:"message" doc:"What is wrong and what would be right"`
	// Kind and Name say which document, when it is not the one of the request.
	Kind Kind   `json:"kind,omitempty" doc:"Kind of the document it is about"`
	Name string `json:"name,omitempty" doc:"Name of the document it is about"`
	// Field is the place inside that other document.
	Field string `json:"field,omitempty" doc:"Field of that document"`
}

// bodyPlace begins the location of what is in a request's body.
const bodyPlace = "body."

// Details returns e as an answer. Its hidden cause stays behind.
func (e *Error) Details(requestID string) ProblemDetails {
	info := e.Code.Info()
	d := ProblemDetails{
		Title: strings.ReplaceAll(string(info.Code), "_", " "), Status: info.Status, Detail: e.Text,
		Code: info.Code, Public: info.Public, Hint: e.NextStep(), RequestID: requestID,
		RetryAfterS: int64((e.RetryAfter + time.Second - 1) / time.Second),
	}
	for _, p := range e.Problems {
		d.Errors = append(d.Errors, p.place())
	}
	if len(d.Errors) == 0 && e.Field != "" {
		d.Errors = []ProblemPlace{Problem{Field: e.Field, Text: e.Text}.place()}
	}
	return d
}

func (p Problem) place() ProblemPlace {
	if p.Name != "" {
		return ProblemPlace{Message: p.Text, Kind: p.Kind, Name: p.Name, Field: p.Field}
	}
	location := p.Field
	if location != "" && !strings.HasPrefix(location, "path.") && !strings.HasPrefix(location, "query.") {
		location = bodyPlace + location
	}
	return ProblemPlace{Location: location, Message: p.Text}
}

// Err turns an answer back into the error it came from, for clients.
func (d ProblemDetails) Err() *Error {
	e := &Error{Code: d.Code, Text: d.Detail, Hint: d.Hint, RetryAfter: time.Duration(d.RetryAfterS) * time.Second}
	if e.Code == "" {
		e.Code = CodeInternal
	}
	for _, place := range d.Errors {
		p := Problem{Kind: place.Kind, Name: place.Name, Field: place.Field, Text: place.Message}
		if p.Name == "" {
			p.Field = strings.TrimPrefix(place.Location, bodyPlace)
		}
		e.Problems = append(e.Problems, p)
	}
	if len(e.Problems) > 0 {
		e.Field = e.Problems[0].Field
	}
	return e
}
