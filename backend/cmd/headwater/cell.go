package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"headwater/backend/hw"
)

// timeLayout shows a time in the zone of this machine with its distance to UTC.
const timeLayout = "2006-01-02 15:04:05 -07:00"

// amount is a number with a unit that the table shows and CSV has in its heading.
type amount struct {
	n    int64
	unit string
}

// rough is an amount that is estimated.
type rough amount

// millis is a duration in milliseconds.
type millis float64

// state is a word that says how something is; terminals show it in colour, too.
type state string

// about marks what is estimated.
func about(estimated bool) string {
	if estimated {
		return "~"
	}
	return ""
}

// tokens is an amount of tokens.
func tokens(n int64) amount { return amount{n, "tok"} }

// tokensOf is an amount of tokens that may be estimated.
func tokensOf(n int64, estimated bool) any {
	if estimated {
		return rough(tokens(n))
	}
	return tokens(n)
}

// cellText is a value as people read it. Zero times and empty lists are blank.
func (c *cli) cellText(v any) string {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.Local().Format(timeLayout)
	case millis:
		return v.String()
	case amount:
		return strconv.FormatInt(v.n, 10) + " " + v.unit
	case rough:
		return about(true) + c.cellText(amount(v))
	case bool:
		if v {
			return "yes"
		}
		return "no"
	}
	return escape(rawText(v))
}

// rawText is a value as programs read it: RFC 3339 times, bare numbers.
func rawText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case state:
		return string(v)
	case amount:
		return strconv.FormatInt(v.n, 10)
	case millis:
		return strconv.FormatFloat(float64(v), 'f', -1, 64)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(time.RFC3339Nano)
	case []string:
		return strings.Join(v, ", ")
	}
	return fmt.Sprint(v)
}

// String is the bare number, for programs.
func (r rough) String() string { return strconv.FormatInt(r.n, 10) }

// String shows a duration with three digits at most and its unit.
func (m millis) String() string {
	switch ms := float64(m); {
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	case ms < 1000:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	case ms < 60_000:
		return strconv.FormatFloat(ms/1000, 'f', 2, 64) + " s"
	default:
		s := int64(math.Round(ms / 1000))
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	}
}

func isNumeric(v any) bool {
	switch v.(type) {
	case int, int64, amount, rough, millis:
		return true
	}
	return false
}

// leafText is a single value of a document as people read it. What it is can
// be told from its field's name: …_at is a time, …_ms a duration.
func (c *cli) leafText(l leaf) string {
	switch v := l.value.(type) {
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil && (strings.HasSuffix(l.name, "_at") || l.name == "at" || l.name == "since") {
			return c.cellText(at)
		}
		return escape(v)
	case json.Number:
		f, err := v.Float64()
		if err == nil && strings.HasSuffix(l.name, "_ms") {
			return millis(f).String()
		}
		for prefix, unit := range map[string]string{"tokens_": " tok", "bytes_": " B"} {
			if strings.HasPrefix(l.name, prefix) {
				return v.String() + unit
			}
		}
		return v.String()
	}
	return c.cellText(l.value)
}

// The colours of states; the word says the same.
const (
	paintGood = "32"
	paintWarn = "33"
	paintBad  = "31"
)

// paintOf is the colour of a value; empty when there is none or it is unwanted.
func (c *cli) paintOf(v any) string {
	s, ok := v.(state)
	if !ok || !c.colours() {
		return ""
	}
	switch s {
	case hw.VerdictServing, state(hw.HealthHealthy), hw.StateEnabled, state(hw.CheckYes):
		return paintGood
	case hw.VerdictDown, state(hw.HealthOpen), state(hw.HealthQuarantined), state(hw.CheckNo):
		return paintBad
	case hw.VerdictDegraded, hw.StateDisabled, state(hw.HealthSuspect), state(hw.HealthThrottled),
		state(hw.HealthProbing), state(hw.HealthRamp), state(hw.HealthLoading), state(hw.CheckUnclear):
		return paintWarn
	}
	return ""
}

// colours reports whether colours are wanted: on a terminal, unless NO_COLOR
// (no-color.org) or a dumb terminal say otherwise.
func (c *cli) colours() bool {
	if !c.colourful {
		return false
	}
	if v, ok := c.lookupEnv("NO_COLOR"); ok && v != "" {
		return false
	}
	term, _ := c.lookupEnv("TERM")
	return term != "dumb"
}
