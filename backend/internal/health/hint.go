package health

import (
	"math"
	"strconv"
	"strings"
	"time"

	"headwater/backend/internal/dialect"
)

// ParseHint reads how long an upstream asks us to wait: its explicit words
// first, the reset times of its rate limits else. The latest of several is
// taken, so that nothing comes too early. A day is the most that is read; how
// much of it counts is the policy's to say. Zero means there was no hint, or
// only junk.
func ParseHint(h map[string][]string, detail dialect.ErrorDetail, now time.Time) time.Duration {
	wait := max(
		longest(h, "Retry-After", func(v string) time.Duration { return parseWait(v, now) }),
		longest(h, "Retry-After-Ms", parseMillis),
		longest(h, "X-Ms-Retry-After-Ms", parseMillis),
		waitInText(detail.Message),
		leadingWait(detail.Wait),
	)
	if wait == 0 {
		wait, _ = exhausted(h, now)
	}
	if wait == 0 {
		wait = latestReset(h, now)
	}
	return min(wait, hintLongest)
}

// longest is the longest wait among the values of one header.
func longest(h map[string][]string, name string, parse func(string) time.Duration) time.Duration {
	var wait time.Duration
	for _, value := range h[name] {
		wait = max(wait, parse(value))
	}
	return wait
}

// exhausted looks at the limits an answer reports and gives the wait until
// the last of those that are used up refills, capped; spent is true when one
// is used up, even if it does not say until when.
func exhausted(h map[string][]string, now time.Time) (wait time.Duration, spent bool) {
	for name, values := range h {
		if !isLimit(name) || len(values) == 0 {
			continue
		}
		if !strings.Contains(name, "Remaining") || !isZero(values[0]) {
			continue
		}
		spent = true
		reset := strings.Replace(name, "Remaining", "Reset", 1)
		wait = max(wait, longest(h, reset, func(v string) time.Duration { return parseWait(v, now) }))
	}
	return min(wait, hintLongest), spent
}

// latestReset is the latest reset time of limits that do not say how much is left.
func latestReset(h map[string][]string, now time.Time) time.Duration {
	var wait time.Duration
	for name, values := range h {
		if !isLimit(name) || !strings.Contains(name, "Reset") {
			continue
		}
		if left := h[strings.Replace(name, "Reset", "Remaining", 1)]; len(left) > 0 && !isZero(left[0]) {
			continue // this limit was not the one
		}
		for _, value := range values {
			wait = max(wait, parseWait(value, now))
		}
	}
	return wait
}

// The header families, in canonical spelling: X-Ratelimit-Remaining-Requests
// and -Reset-Requests, Anthropic-Ratelimit-Requests-Remaining and -Reset.
const (
	limitPrefix     = "X-Ratelimit-"
	draftPrefix     = "Ratelimit-"
	anthropicPrefix = "Anthropic-Ratelimit-"
)

func isLimit(name string) bool {
	return strings.HasPrefix(name, limitPrefix) || strings.HasPrefix(name, draftPrefix) || strings.HasPrefix(name, anthropicPrefix)
}

func isZero(value string) bool {
	n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err == nil && n <= 0
}

func parseMillis(value string) time.Duration {
	n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return 0
	}
	return fromSeconds(n / 1000)
}

// The bounds between what a bare number can mean.
const (
	epochSeconds = 1e9  // 2001; no wait is 31 years
	epochMillis  = 1e12 // 2001 in milliseconds
)

// parseWait reads seconds (with a fraction), a time since 1970 in seconds or
// milliseconds, a duration such as "6m0s", an HTTP date or an RFC 3339 time.
func parseWait(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" || len(value) > 64 {
		return 0
	}
	if n, err := strconv.ParseFloat(value, 64); err == nil {
		switch {
		case n >= epochMillis:
			return fromSeconds(n/1000 - float64(now.UnixMilli())/1000)
		case n >= epochSeconds:
			return fromSeconds(n - float64(now.UnixMilli())/1000)
		}
		return fromSeconds(n)
	}
	if d, err := time.ParseDuration(value); err == nil {
		return clip(d)
	}
	// RFC 9110, 5.6.7 and 10.2.3: three spellings of a date are allowed.
	for _, layout := range []string{
		"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC3339, time.RFC850, time.ANSIC,
	} {
		if at, err := time.Parse(layout, value); err == nil {
			return clip(at.Sub(now))
		}
	}
	return 0
}

// fromSeconds rounds up, so that a hint is never cut short.
func fromSeconds(seconds float64) time.Duration {
	switch {
	case math.IsNaN(seconds) || math.IsInf(seconds, 0) || seconds <= 0:
		return 0
	case seconds >= hintLongest.Seconds():
		return hintLongest
	}
	return time.Duration(math.Ceil(seconds * float64(time.Second)))
}

func clip(d time.Duration) time.Duration { return min(max(d, 0), hintLongest) }

// waitInText reads the wait that some upstreams give only in prose or inside
// a structured detail: "Please try again in 6m0s.", "Please retry in 34.07s.",
// `"retryDelay": "34s"`.
func waitInText(text string) time.Duration {
	if len(text) > 4096 {
		text = text[:4096]
	}
	var wait time.Duration
	for _, marker := range []string{"try again in ", "retry in ", "retry after ", `"retryDelay":`} {
		rest := text
		for {
			_, after, ok := strings.Cut(rest, marker)
			if !ok {
				break
			}
			wait, rest = max(wait, leadingWait(after)), after
		}
	}
	return wait
}

// leadingWait reads the duration a text begins with; "20 seconds" and "20s"
// are the same.
func leadingWait(text string) time.Duration {
	text = strings.TrimLeft(text, ` "`)
	end := 0
	for end < len(text) && end < 32 && strings.IndexByte("0123456789.hmsuµn", text[end]) >= 0 {
		end++
	}
	word, rest := strings.TrimRight(text[:end], "."), text[end:]
	if d, err := time.ParseDuration(word); err == nil {
		return clip(d)
	}
	n, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return 0
	}
	rest = strings.TrimLeft(rest, " ")
	switch {
	case strings.HasPrefix(rest, "second"):
		return fromSeconds(n)
	case strings.HasPrefix(rest, "millisecond"):
		return fromSeconds(n / 1000)
	case strings.HasPrefix(rest, "minute"):
		return fromSeconds(n * 60)
	}
	return 0
}

// wholeCredential reports whether a rate limit is the account's or the key's
// rather than one model's: GitHub's x-ratelimit-type and Google's quota names
// say so; no other vendor marks it.
func wholeCredential(h map[string][]string, detail dialect.ErrorDetail) bool {
	if kind := h["X-Ratelimit-Type"]; len(kind) > 0 {
		return strings.HasPrefix(kind[0], "User") && !strings.Contains(kind[0], "ByModel")
	}
	return strings.Contains(detail.Message, "PerProject") && !strings.Contains(detail.Message, "PerModel")
}
