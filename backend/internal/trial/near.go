package trial

import (
	"cmp"
	"slices"
	"strings"

	"headwater/backend/hw"
)

// maxNear is how many like names are given; maxCompared bounds the names that
// are looked at.
const (
	maxNear     = 5
	maxCompared = 5000
)

// near finds the names that are most like a name: those that hold it or are
// held by it, and those that differ in few letters.
func near(list []string, name string) []string {
	type match struct {
		name string
		far  int
	}
	wanted := bare(name)
	var found []match
	for _, one := range list[:min(len(list), maxCompared)] {
		other := bare(one)
		far := hw.NameDistance(wanted, other) // bounded: see hw.IsModelName
		held := len(wanted) > 2 && strings.Contains(other, wanted) || len(other) > 2 && strings.Contains(wanted, other)
		if held || far <= max(2, len(wanted)/3) {
			found = append(found, match{one, far})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.far, b.far) })
	var names []string
	for _, m := range found[:min(len(found), maxNear)] {
		names = append(names, m.name)
	}
	return names
}

// bare is a name without what is often left out: vendor, tag and case.
func bare(name string) string {
	name = strings.ToLower(name)
	name = name[strings.LastIndexByte(name, '/')+1:]
	return strings.TrimSuffix(name, ":latest")
}
