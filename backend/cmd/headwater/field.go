package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// field ties a flag to a field of a document. Only flags that were given write
// anything, so that an update leaves the rest alone.
type field struct {
	// flag is the flag's name, path the field's: names joined with dots.
	flag, path, usage string
	// kind says how the flag is read.
	kind fieldKind
}

// fieldKind is how a flag is read and what it writes.
type fieldKind string

// The kinds of fields.
const (
	fieldText  fieldKind = "text"
	fieldBool  fieldKind = "bool"
	fieldInt   fieldKind = "int"
	fieldFloat fieldKind = "float"
	// fieldMillis reads a duration such as 30s and writes milliseconds,
	// fieldSeconds writes seconds.
	fieldMillis  fieldKind = "millis"
	fieldSeconds fieldKind = "seconds"
	// fieldList reads a repeated or comma-separated flag.
	fieldList fieldKind = "list"
	// fieldFile reads the path of a file and writes its text.
	fieldFile fieldKind = "file"
	// fieldExpiry reads a time, a span from now such as 90d, or "never".
	fieldExpiry fieldKind = "expiry"
)

// register adds the flags of fields. The returned function writes the fields
// whose flags were given into a body.
func register(flags *pflag.FlagSet, fields []field) func(body map[string]any) error {
	readers := make([]func() (any, error), len(fields))
	for i, f := range fields {
		readers[i] = f.register(flags)
	}
	return func(body map[string]any) error {
		for i, f := range fields {
			if !flags.Changed(f.flag) {
				continue
			}
			value, err := readers[i]()
			if err != nil {
				return err
			}
			setField(body, f.path, value)
		}
		return nil
	}
}

// setField writes a value at a path of names joined with dots.
func setField(body map[string]any, path string, value any) {
	first, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		body[first] = value
		return
	}
	inner, ok := body[first].(map[string]any)
	if !ok {
		inner = map[string]any{}
		body[first] = inner
	}
	setField(inner, rest, value)
}

func (f field) register(flags *pflag.FlagSet) func() (any, error) {
	switch f.kind {
	case fieldBool:
		v := flags.Bool(f.flag, false, f.usage)
		return func() (any, error) { return *v, nil }
	case fieldInt:
		v := flags.Int(f.flag, 0, f.usage)
		return func() (any, error) { return *v, nil }
	case fieldFloat:
		v := flags.Float64(f.flag, 0, f.usage)
		return func() (any, error) { return *v, nil }
	case fieldMillis:
		v := flags.Duration(f.flag, 0, f.usage)
		return func() (any, error) { return f.whole(*v, time.Millisecond, "milliseconds") }
	case fieldSeconds:
		v := flags.Duration(f.flag, 0, f.usage)
		return func() (any, error) { return f.whole(*v, time.Second, "seconds") }
	case fieldList:
		v := flags.StringSlice(f.flag, nil, f.usage)
		return func() (any, error) { return withoutEmpty(*v), nil }
	case fieldFile:
		v := flags.String(f.flag, "", f.usage)
		return func() (any, error) { return readTextFile(*v) }
	case fieldExpiry:
		v := flags.String(f.flag, "", f.usage)
		return func() (any, error) { return expiry(*v, time.Now()) }
	case fieldText:
	}
	v := flags.String(f.flag, "", f.usage)
	return func() (any, error) { return *v, nil }
}

func (f field) whole(d, unit time.Duration, words string) (any, error) {
	if d < 0 || d%unit != 0 {
		return nil, usagef("--%s %s is not a time in whole %s.", f.flag, d, words)
	}
	return int64(d / unit), nil
}

// withoutEmpty lets --flag "" stand for an empty list.
func withoutEmpty(list []string) []string {
	kept := []string{}
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// readTextFile returns the text of a file; no name means no text.
func readTextFile(path string) (any, error) {
	if path == "" {
		return "", nil
	}
	text, err := readBounded(path, maxFile)
	return string(text), err
}

// expiry reads when something ends: never (nil), in so many days, hours or
// minutes, or at a time.
func expiry(s string, now time.Time) (any, error) {
	if s == "never" || s == "" {
		return nil, nil //nolint:nilnil // null takes the field back to its default, never
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int
		if _, err := fmt.Sscanf(days+"\n", "%d\n", &n); err == nil && n > 0 && n <= 36500 {
			return now.UTC().Truncate(time.Second).AddDate(0, 0, n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return now.UTC().Truncate(time.Second).Add(d), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return at.UTC(), nil
		}
	}
	return nil, usagef("%q says no end: write a time such as 2027-01-31 or 2027-01-31T18:00:00Z, a span such as 90d or 12h, or never.", s)
}
