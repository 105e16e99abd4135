package responses

import "slices"

// items are the items of a stream, as they are found again: the events of a
// long answer must not walk through all of them.
type items struct {
	all []*itemState
	// byID and byCall find the first item of an id; bySlot those of an index and
	// a kind, in order.
	byID, byCall map[string]*itemState
	bySlot       map[slot][]*itemState
}

// slot is an index among the items of the answer, and what stands there.
type slot struct {
	index int
	kind  string
}

func (l *items) add(s *itemState) {
	if l.byID == nil {
		l.byID, l.byCall, l.bySlot = map[string]*itemState{}, map[string]*itemState{}, map[slot][]*itemState{}
	}
	s.place = len(l.all)
	l.all = append(l.all, s)
	if s.id != "" && l.byID[s.id] == nil {
		l.byID[s.id] = s
	}
	at := slot{s.index, s.kind}
	l.bySlot[at] = append(l.bySlot[at], s)
}

// call gives an item the id of its call.
func (l *items) call(s *itemState, id string) {
	s.callID = id
	if id != "" && l.byCall[id] == nil {
		l.byCall[id] = s
	}
}

// turn changes the kind of an item.
func (l *items) turn(s *itemState, kind string) {
	if s.kind == kind {
		return
	}
	byPlace := func(o *itemState, place int) int { return o.place - place }
	was, is := slot{s.index, s.kind}, slot{s.index, kind}
	if at, ok := slices.BinarySearchFunc(l.bySlot[was], s.place, byPlace); ok {
		l.bySlot[was] = slices.Delete(l.bySlot[was], at, at+1)
	}
	at, _ := slices.BinarySearchFunc(l.bySlot[is], s.place, byPlace)
	l.bySlot[is] = slices.Insert(l.bySlot[is], at, s)
	s.kind = kind
}

// earlier is the one of two items that came first; either may be nil.
func earlier(a, b *itemState) *itemState {
	if a == nil || b != nil && b.place < a.place {
		return b
	}
	return a
}
