package gemini

import "strings"

// openCalls are the tool calls of a conversation that no result has answered.
type openCalls struct {
	all []openCall
	// byID and byName are places in all; under counts the ids that begin with
	// one of our own prefixes, see prefixOf.
	byID, byName map[string][]int
	under        map[string]int
}

// openCall is a tool call of the past.
type openCall struct {
	id, name string
	answered bool
}

func (o *openCalls) add(id, name string) {
	if o.byID == nil {
		o.byID, o.byName, o.under = map[string][]int{}, map[string][]int{}, map[string]int{}
	}
	at := len(o.all)
	o.all = append(o.all, openCall{id: id, name: name})
	o.byID[id] = append(o.byID[id], at)
	o.byName[name] = append(o.byName[name], at)
	o.under[prefixOf(id)]++
}

// take answers the first open call of an id, else the first of a name, and
// gives its id; false when there is none.
func (o *openCalls) take(id, name string) (string, bool) {
	at := -1
	if id != "" {
		at = o.first(o.byID, id)
	}
	if at < 0 {
		at = o.first(o.byName, name)
	}
	if at < 0 {
		return "", false
	}
	c := &o.all[at]
	c.answered = true
	o.under[prefixOf(c.id)]--
	return c.id, true
}

// first is the first open call among those under a key; -1 when there is none.
func (o *openCalls) first(places map[string][]int, key string) int {
	list := places[key]
	for len(list) > 0 && o.all[list[0]].answered {
		list = list[1:]
	}
	if len(list) == 0 {
		delete(places, key)
		return -1
	}
	places[key] = list
	return list[0]
}

// prefixOf is what the ids that are made for the calls of one content have in
// common, such as "call_3_"; empty for an id of another form.
func prefixOf(id string) string {
	rest, ok := strings.CutPrefix(id, "call_")
	at := strings.IndexByte(rest, '_')
	if !ok || at < 0 {
		return ""
	}
	return id[:len("call_")+at+1]
}
