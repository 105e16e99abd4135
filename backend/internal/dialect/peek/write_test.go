package peek_test

import (
	"encoding/json"
	"errors"
	"testing"

	"headwater/backend/internal/dialect/peek"
)

func TestWritePutsValuesInAndLeavesTheRest(t *testing.T) {
	one, two := []byte("1"), []byte(`"two"`)
	for _, row := range []struct {
		name, object, want string
		puts               []peek.Put
	}{
		{"into nothing", `{}`, `{"a":1,"b":"two"}`, []peek.Put{{Key: "a", With: one}, {Key: "b", With: two}}},
		{"in place", `{ "x":1.50, "a" : 7 ,"b":null}`, `{ "x":1.50, "a" : 1 ,"b":"two"}`, []peek.Put{{Key: "a", With: one}, {Key: "b", With: two, Fill: true}}},
		{"first", `{ "x":"\/"}`, `{"a":1, "x":"\/"}`, []peek.Put{{Key: "a", With: one}}},
		{"where nothing was said only", `{"a":0}`, `{"a":0}`, []peek.Put{{Key: "a", With: one, Fill: true}}},
		{"under the name that is there", `{"also":0}`, `{"also":1}`, []peek.Put{{Key: "a", Also: []string{"also"}, With: one}}},
		{"under all names that are there", `{"also":0,"a":3}`, `{"also":1,"a":1}`, []peek.Put{{Key: "a", Also: []string{"also"}, With: one}}},
		{"said under another name", `{"also":0}`, `{"also":0}`, []peek.Put{{Key: "a", Also: []string{"also"}, With: one, Fill: true}}},
		{"null under another name", `{"also":null}`, `{"also":1}`, []peek.Put{{Key: "a", Also: []string{"also"}, With: one, Fill: true}}},
		{"inside", `{"o":{"k":[1, 2]}}`, `{"o":{"a":1,"k":[1, 2]}}`, []peek.Put{{Key: "o", Inner: []peek.Put{{Key: "a", With: one}}}}},
		{"inside what is not there", `{"x":1}`, `{"o":{"a":1},"x":1}`, []peek.Put{{Key: "o", Inner: []peek.Put{{Key: "a", With: one, Fill: true}}}}},
		{"inside null", `{"o":null}`, `{"o":{"a":1}}`, []peek.Put{{Key: "o", Inner: []peek.Put{{Key: "a", With: one}}}}},
		{"inside what is no object", `{"o":[1]}`, `{"o":[1]}`, []peek.Put{{Key: "o", Inner: []peek.Put{{Key: "a", With: one}}}}},
		{"inside an object by another name", `{"p":{"a":2}}`, `{"p":{"a":1}}`, []peek.Put{{Key: "o", Also: []string{"p"}, Inner: []peek.Put{{Key: "a", With: one}}}}},
		{"nothing", `{ }`, `{ }`, nil},
	} {
		got, err := peek.Write([]byte(row.object), row.puts)
		if err != nil || string(got) != row.want {
			t.Errorf("%s: %s, %v, want %s", row.name, got, err, row.want)
		}
		if !json.Valid(got) {
			t.Errorf("%s: %s is not JSON", row.name, got)
		}
	}
	_, err := peek.Write([]byte(`{"a":1,"a":2}`), []peek.Put{{Key: "a", With: one}})
	if _, ok := errors.AsType[*peek.DuplicateError](err); !ok {
		t.Errorf("a field that stands twice: %v", err)
	}
	if _, err := peek.Write([]byte(`[1]`), nil); !errors.Is(err, peek.ErrNotObject) {
		t.Errorf("a list: %v", err)
	}
}
