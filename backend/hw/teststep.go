package hw

import "context"

type testStepsKey struct{}

// WithTestSteps returns a context in which the test of an upstream tells each of
// its steps as it begins; told gets one of the Step names and may be called by
// several goroutines, also after the test. The way is that of net/http/httptrace:
// who listens and who works are layers apart, and those between have no part in it.
func WithTestSteps(ctx context.Context, told func(step string)) context.Context {
	return context.WithValue(ctx, testStepsKey{}, told)
}

// BeginTestStep says that a step begins. Without a listener it does nothing.
func BeginTestStep(ctx context.Context, step string) {
	if told, ok := ctx.Value(testStepsKey{}).(func(string)); ok {
		told(step)
	}
}

// TestFollow begins the test of an upstream over a socket: its steps arrive as
// events, and at last its report.
type TestFollow struct {
	// Subscription is the name under which the events arrive, chosen by the client
	// and unique on its socket. unsubscribe takes it, too: that gives the test up.
	Subscription string `json:"subscription" maxLength:"64" doc:"Name under which the steps arrive; unique on this socket"`
	// Ref is an id or a name, Tenant the one it belongs to; empty means the
	// installation.
	Ref    string `json:"ref" maxLength:"200" doc:"Upstream, by id or name"`
	Tenant string `json:"tenant,omitempty" maxLength:"64" doc:"Tenant the name belongs to; absent means the installation"`
	// Model gets one tiny request; empty means none.
	Model string `json:"model,omitempty" maxLength:"128" doc:"Model that gets one tiny completion; absent means none"`
}

// TestEvent is a step of a test that begins, or the test's end.
type TestEvent struct {
	// Step is the one that begins; empty in the last event.
	Step string   `json:"step,omitempty" enum:"address,connect,tls,token,answer,auth,models,completion" doc:"Step that begins"`
	End  *TestEnd `json:"end,omitempty" doc:"Set in the last event"`
}

// TestEnd says how a test ended.
type TestEnd struct {
	// Report is nil when there is none.
	Report *TestReport `json:"report,omitempty" doc:"How it went; absent when there was no test, or it was given up"`
	// Canceled is true when whoever asked for the test gave it up.
	Canceled bool `json:"canceled,omitempty" doc:"It was given up"`
	// Problem says why there was no test; nil when there was one.
	Problem *ProblemDetails `json:"problem,omitempty" doc:"Why there was no test"`
}
