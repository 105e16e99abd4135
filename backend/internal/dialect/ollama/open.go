package ollama

import "headwater/backend/internal/dialect"

// openCalls are the tool calls of a conversation that no result has answered.
type openCalls struct {
	all      []*dialect.ToolCall
	answered []bool
	// byID and byName are places in all; next is where the first open one may be.
	byID, byName map[string][]int
	next         int
}

func (o *openCalls) add(c *dialect.ToolCall) {
	if o.byID == nil {
		o.byID, o.byName = map[string][]int{}, map[string][]int{}
	}
	at := len(o.all)
	o.all, o.answered = append(o.all, c), append(o.answered, false)
	o.byID[c.ID] = append(o.byID[c.ID], at)
	o.byName[c.Name] = append(o.byName[c.Name], at)
}

// take answers the first open call of an id, or without one the first of a
// tool, or the first of all. It gives the id of the call, which is id where
// there is no such call.
func (o *openCalls) take(id, tool string) string {
	places, key := o.byID, id
	if id == "" {
		places, key = o.byName, tool
	}
	at := o.first(places, key)
	if at < 0 && id == "" {
		at = o.oldest()
	}
	if at < 0 {
		return id
	}
	o.answered[at] = true
	return o.all[at].ID
}

// first is the first open call among those under a key; -1 when there is none.
func (o *openCalls) first(places map[string][]int, key string) int {
	list := places[key]
	for len(list) > 0 && o.answered[list[0]] {
		list = list[1:]
	}
	if len(list) == 0 {
		delete(places, key)
		return -1
	}
	places[key] = list
	return list[0]
}

// oldest is the first open call of all; -1 when there is none.
func (o *openCalls) oldest() int {
	for ; o.next < len(o.all); o.next++ {
		if !o.answered[o.next] {
			return o.next
		}
	}
	return -1
}
