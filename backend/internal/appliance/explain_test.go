package appliance

import (
	"testing"
	"time"

	"headwater/backend/hw"
)

func TestConditionsAreTriedOnWhatIsThoughtOf(t *testing.T) {
	at := time.Date(2026, 11, 30, 7, 30, 0, 0, time.Local) // a Monday
	sample := hw.Sample{
		Model: "fast", Tenant: "acme", App: "crm", Stream: true, TokensIn: 1200, At: at.UTC(),
		Headers: "X-Tier: gold\nx-list: a, b\n\nno line\nx-list: c\nAuthorization: Bearer hw_secret\n",
	}
	for when, want := range map[string]hw.ConditionResult{
		`model == "fast" && tenant == "acme" && app == "crm" && stream && tokens_in == 1200`: {OK: true, Holds: true},
		`headers["x-tier"] == "gold" && headers["x-list"] == "a, b, c"`:                      {OK: true, Holds: true},
		`"authorization" in headers`:                {OK: true},
		`endpoint == "chat" && dialect == "openai"`: {OK: true, Holds: true},
		`hour == 7 && weekday == "mon"`:             {OK: true, Holds: true},
		`headers["x-none"] == ""`:                   {OK: true, Error: "no such key: x-none"},
		"app ==\n ap":                               {Error: "line 2, column 2: undeclared reference to 'ap' (did you mean 'app' or 'map'?)", Line: 2, Column: 2},
		`tokens_in`:                                 {Error: "is of type int, but a condition must be true or false"},
	} {
		if got := condition(hw.ConditionTest{When: when, Sample: sample}); got != want {
			t.Errorf("%s: %+v, want %+v", when, got, want)
		}
	}
}
