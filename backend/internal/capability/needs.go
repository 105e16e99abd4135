package capability

import (
	"slices"
	"strings"

	"headwater/backend/hw"
)

// Of are those of what is missing that a call needs; nil for none.
func Of(missing []Missing, needs []hw.Capability) []Missing {
	var all []Missing
	for i := range missing {
		if slices.Contains(needs, missing[i].Capability) {
			all = append(all, missing[i])
		}
	}
	return all
}

// Words says what is missing and since when that is known, such as "certified
// 2026-11-29 without tools, vision".
func Words(missing []Missing) string {
	var b strings.Builder
	date := ""
	for i := range missing {
		switch m := &missing[i]; {
		case date == m.Date():
			b.WriteString(", ")
		case date == "":
			b.WriteString("certified " + m.Date() + " without ")
		default:
			b.WriteString("; " + m.Date() + " without ")
		}
		date = missing[i].Date()
		b.WriteString(string(missing[i].Capability))
	}
	return b.String()
}
