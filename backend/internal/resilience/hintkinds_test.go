//go:build linux

package resilience

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// said is what a target puts into its answer.
type said struct {
	header [][2]string
	body   string
	until  time.Time // zero where it says nothing
}

// hintKind is one way to ask for a wait.
type hintKind struct {
	name string
	// good says that it comes with an answer: the limit is used up by it.
	good bool
	// junk says nothing, and nothing must be read into it; torn is junk that
	// breaks the answer's head.
	junk, torn bool
	say        func(wait time.Duration, now time.Time) said
}

// hintKinds are all ways; the forms are those of the vendors' references (read
// November 2026) and of RFC 9110.
func hintKinds() []hintKind {
	kinds := append(plainHints(), limitHints()...)
	return append(append(kinds, bodyHints()...), junkHints()...)
}

// seconds is a text with that many seconds, rounded up to whole ones.
func wholeSeconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

// header is a kind that says one thing in one field.
func headerHint(name, field string, text func(wait time.Duration) string) hintKind {
	return hintKind{name: name, say: func(wait time.Duration, now time.Time) said {
		return said{header: [][2]string{{field, text(wait)}}, until: now.Add(wait)}
	}}
}

// dateHint is a kind that names a moment, in whole seconds.
func dateHint(name, field, layout string, more ...[2]string) hintKind {
	return hintKind{name: name, say: func(wait time.Duration, now time.Time) said {
		at := now.Add(wait).Truncate(time.Second).Add(time.Second).UTC()
		return said{header: append([][2]string{{field, at.Format(layout)}}, more...), until: at}
	}}
}

func plainHints() []hintKind {
	seconds := func(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
	millis := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	return []hintKind{
		{name: "Retry-After in whole seconds", say: func(wait time.Duration, now time.Time) said {
			wait = (wait + time.Second - 1).Truncate(time.Second)
			return said{header: [][2]string{{"Retry-After", wholeSeconds(wait)}}, until: now.Add(wait)}
		}},
		headerHint("Retry-After in a fraction", "Retry-After", func(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }),
		headerHint("retry-after in small letters", "retry-after", seconds),
		headerHint("Retry-After with spaces", "Retry-After", func(d time.Duration) string { return "  " + seconds(d) + " " }),
		dateHint("Retry-After as a date", "Retry-After", http.TimeFormat),
		dateHint("Retry-After as a date of RFC 850", "Retry-After", "Monday, 02-Jan-06 15:04:05 GMT"),
		dateHint("Retry-After as a date of C", "Retry-After", time.ANSIC),
		headerHint("retry-after-ms", "retry-after-ms", millis),
		headerHint("retry-after-ms in a fraction", "Retry-After-Ms", func(d time.Duration) string { return millis(d) + ".000" }),
		headerHint("x-ms-retry-after-ms", "x-ms-retry-after-ms", millis),
		{name: "two that differ: the later one", say: func(wait time.Duration, now time.Time) said {
			return said{header: [][2]string{{"Retry-After", "1"}, {"retry-after-ms", millis(wait)}}, until: now.Add(wait)}
		}},
		{name: "the same field twice: the later one", say: func(wait time.Duration, now time.Time) said {
			return said{header: [][2]string{{"Retry-After", seconds(wait)}, {"Retry-After", "1"}}, until: now.Add(wait)}
		}},
		{name: "junk beside a hint", say: func(wait time.Duration, now time.Time) said {
			return said{header: [][2]string{{"Retry-After", "soon"}, {"retry-after-ms", millis(wait)}}, until: now.Add(wait)}
		}},
	}
}

func limitHints() []hintKind {
	spent := func(family, kind string) [2]string { return [2]string{family + "remaining-" + kind, "0"} }
	goDuration := func(d time.Duration) string { return d.String() } // "6m0s", as OpenAI writes it
	limit := func(name, field, remaining string, text func(time.Duration, time.Time) string) hintKind {
		return hintKind{name: name, say: func(wait time.Duration, now time.Time) said {
			return said{header: [][2]string{{remaining, "0"}, {field, text(wait, now)}}, until: now.Add(wait)}
		}}
	}
	kinds := []hintKind{
		limit("x-ratelimit-reset-requests", "x-ratelimit-reset-requests", "x-ratelimit-remaining-requests", func(d time.Duration, _ time.Time) string { return goDuration(d) }),
		limit("x-ratelimit-reset-tokens", "x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens", func(d time.Duration, _ time.Time) string { return goDuration(d) }),
		headerHint("x-ratelimit-reset-requests alone", "x-ratelimit-reset-requests", goDuration),
		limit("x-ratelimit-reset in milliseconds since 1970", "X-RateLimit-Reset", "X-RateLimit-Remaining", func(d time.Duration, now time.Time) string {
			return strconv.FormatInt(now.Add(d+time.Millisecond).UnixMilli(), 10)
		}),
		{name: "x-ratelimit-reset in seconds since 1970", say: func(wait time.Duration, now time.Time) said {
			at := now.Add(wait).Truncate(time.Second).Add(time.Second)
			return said{header: [][2]string{{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", strconv.FormatInt(at.Unix(), 10)}}, until: at}
		}},
		{name: "two limits, one of which is used up", say: func(wait time.Duration, now time.Time) said {
			return said{header: [][2]string{
				{"x-ratelimit-remaining-requests", "99"}, {"x-ratelimit-reset-requests", "1h0m0s"}, {"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", wait.String()},
			}, until: now.Add(wait)}
		}},
	}
	for _, of := range []string{"requests", "tokens", "input-tokens", "output-tokens"} {
		kinds = append(kinds, dateHint("anthropic-ratelimit-"+of+"-reset", "anthropic-ratelimit-"+of+"-reset", time.RFC3339, [2]string{"anthropic-ratelimit-" + of + "-remaining", "0"}))
	}
	return append(kinds, hintKind{name: "an answer that used the limit up", good: true, say: func(wait time.Duration, now time.Time) said {
		return said{header: [][2]string{spent("x-ratelimit-", "requests"), {"x-ratelimit-reset-requests", wait.String()}}, until: now.Add(wait)}
	}})
}

func bodyHints() []hintKind {
	info := func(message string, wait time.Duration) string {
		return fmt.Sprintf(`[{"error":{"code":429,"message":%q,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.Help"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"%gs"}]}}]`,
			message, wait.Seconds())
	}
	body := func(name string, text func(time.Duration) string) hintKind {
		return hintKind{name: name, say: func(wait time.Duration, now time.Time) said { return said{body: text(wait), until: now.Add(wait)} }}
	}
	return []hintKind{
		body("Gemini's RetryInfo", func(d time.Duration) string { return info("Resource has been exhausted.", d) }),
		body("Gemini's RetryInfo, not in a list", func(d time.Duration) string {
			return strings.TrimSuffix(strings.TrimPrefix(info("Resource has been exhausted.", d), "["), "]")
		}),
		body("Gemini's words", func(d time.Duration) string { return info(fmt.Sprintf("Please retry in %gs.", d.Seconds()), d) }),
		body("OpenAI's words", func(d time.Duration) string {
			return fmt.Sprintf(`{"error":{"message":"Rate limit reached for gpt on requests per min. Please try again in %s.","type":"requests","param":null,"code":"rate_limit_exceeded"}}`, d)
		}),
		body("Azure's words", func(d time.Duration) string {
			return fmt.Sprintf(`{"error":{"code":"429","message":"Requests have exceeded call rate limit. Please retry after %s seconds."}}`, wholeSeconds(d))
		}),
	}
}

// junkTexts mean nothing as a wait.
func junkTexts() []string {
	return []string{
		"", " ", "soon, perhaps", "-5", "-0", "0", "NaN", "Inf", "-Inf", "null", "true", "1,5", "1 2 3", "5 minutes ago", "--5", "5-", "..", "٣", "２",
		"Mon, 99 Foo 2026 25:61:61 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "2001-01-01T00:00:00Z", "{}", "[5]", `"5"`, "5;q=1", "<5>", "%35", "\xff\xfe", "5\x00", "\x7f5", "\x01",
		"-99999999999999999999", "1e999", strings.Repeat("9", 4000), strings.Repeat("x", 8000), strings.Repeat("1m", 3000), "0x", "1__0", "m5", "s", "-1h",
	}
}

func junkHints() []hintKind {
	var kinds []hintKind
	for i, text := range junkTexts() {
		fields := []string{"Retry-After", "retry-after-ms", "x-ms-retry-after-ms", "x-ratelimit-reset-requests", "anthropic-ratelimit-tokens-reset"}
		field := fields[i%len(fields)]
		torn := strings.ContainsFunc(text, unicode.IsControl)
		kinds = append(kinds, hintKind{name: fmt.Sprintf("junk in %s: %.20q", field, text), junk: true, torn: torn, say: func(time.Duration, time.Time) said {
			return said{header: [][2]string{{field, text}}}
		}})
	}
	for _, body := range []string{
		"", "{", "[]", "null", `{"error":null}`, `{"error":{"message":"Please try again in "}}`, `{"error":{"message":"Please try again in a while."}}`,
		`[{"error":{"message":"x","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"later"}]}}]`,
		`[{"error":{"message":"x","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":{"seconds":"x"}}]}}]`,
		`{"error":{"message":"retry in -5s"}}`, "<html>429</html>", strings.Repeat("[", 10_000), `{"error":` + strings.Repeat(`{"error":`, 2000),
	} {
		kinds = append(kinds, hintKind{name: fmt.Sprintf("junk in the body: %.60q", body), junk: true, say: func(time.Duration, time.Time) said { return said{body: body} }})
	}
	return kinds
}

// modelIn is the model that a request names.
func modelIn(r *http.Request) string {
	var named struct{ Model string }
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || json.Unmarshal(raw, &named) != nil {
		return ""
	}
	return named.Model
}

func keysOf[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
