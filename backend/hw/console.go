package hw

// The bounds of the test console.
const (
	// MaxConsoleBody bounds the body of a call. Unit: bytes.
	MaxConsoleBody = 1 << 20
	// MaxConsoleHeaders bounds the header fields of a call.
	MaxConsoleHeaders = 40
	// MaxConsoleHead bounds their names and values together. Unit: bytes.
	MaxConsoleHead = 16 << 10
	// MaxConsolePath bounds the path with its query. Unit: bytes.
	MaxConsolePath = 2048
	// MaxConsoleAnswer bounds an answer that is collected instead of streamed.
	// Unit: bytes.
	MaxConsoleAnswer = 4 << 20
)

// ConsoleClient is what the log says of the caller of a call that the test
// console made: this, and behind it who made it.
const ConsoleClient = "console:"

// ConsoleInput is a call that the test console makes in the name of an app. It
// goes the way of the app's own calls, with their limits and routes, and needs
// no secret.
type ConsoleInput struct {
	// App is an id, or tenant/name.
	App string `json:"app" required:"true" minLength:"1" maxLength:"130" doc:"App in whose name the call is made: tenant/name, or its id" example:"acme/crm"`
	// Key is the id or the name of one of the app's keys; empty means none: then
	// nothing that a key could say of the call holds.
	Key string `json:"key,omitempty" maxLength:"64" doc:"Key of the app that the call shall count as shown, by name or id; absent means none"`
	// Method is the HTTP method; empty means POST with a body, GET without.
	Method string `json:"method,omitempty" enum:"GET,POST,PUT,PATCH,DELETE" doc:"HTTP method; absent means POST with a body and GET without"`
	// Path says which dialect is spoken, as it does at the data listener.
	Path string `json:"path" required:"true" minLength:"1" maxLength:"2048" doc:"Path at the data listener, with its query" example:"/v1/chat/completions"`
	// Headers must not hold a credential, nor what belongs to a connection.
	Headers map[string]string `json:"headers,omitempty" doc:"Further header fields; no credentials"`
	Body    string            `json:"body,omitempty" maxLength:"1048576" doc:"Body, as text"`
}

// ConsoleSend begins a call over a socket: its answer arrives as events.
type ConsoleSend struct {
	// Subscription is the name under which the events arrive, chosen by the
	// client and unique on its socket. console.cancel takes it, too.
	Subscription string       `json:"subscription" maxLength:"64" doc:"Name under which the answer arrives; unique on this socket"`
	Body         ConsoleInput `json:"body" doc:"The call"`
}

// ConsoleCancel gives up a call that was begun over the same socket.
type ConsoleCancel struct {
	Subscription string `json:"subscription" maxLength:"64" doc:"Name under which the call was begun"`
}

// ConsoleEvent is a piece of an answer. The first has the status and the header,
// unless there was none; the last has the end.
type ConsoleEvent struct {
	// Status and Headers are set in the event that begins the answer.
	Status  int               `json:"status,omitempty" doc:"HTTP status; only where the answer begins"`
	Headers map[string]string `json:"headers,omitempty" doc:"Header fields; only where the answer begins"`
	// Bytes are cut anywhere, also inside a character.
	Bytes []byte      `json:"bytes,omitempty" doc:"A piece of the body; cut anywhere"`
	End   *ConsoleEnd `json:"end,omitempty" doc:"Set in the last event"`
}

// ConsoleEnd says how a call of the test console ended.
type ConsoleEnd struct {
	// Call is the id of its row in the log; empty when it never became a call.
	Call string `json:"call,omitempty" doc:"Id of the call in the log"`
	// Canceled is true when whoever made the call gave it up.
	Canceled bool `json:"canceled,omitempty" doc:"It was given up"`
	// Problem says why there was no call; nil when there was one.
	Problem *ProblemDetails `json:"problem,omitempty" doc:"Why there was no call"`
}

// ConsoleAnswer is a whole answer, for those who do not follow it.
type ConsoleAnswer struct {
	Status  int               `json:"status" doc:"HTTP status; 499 when there was no answer"`
	Headers map[string]string `json:"headers" nullable:"false" doc:"Header fields of the answer"`
	// Text is the body where it is text, Bytes where it is none.
	Text  string `json:"text,omitempty" doc:"The body, where it is text"`
	Bytes []byte `json:"bytes,omitempty" doc:"The body, where it is no text"`
	// Cut is true when the answer was longer than what is collected; the call
	// was given up there.
	Cut bool `json:"cut,omitempty" doc:"The answer was longer than 4 MiB; the call was given up there"`
	// Call is the id of its row in the log.
	Call string `json:"call" doc:"Id of the call in the log"`
}
