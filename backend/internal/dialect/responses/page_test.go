package responses_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/responses"
)

// listed asks for the input items of an answer to n messages and gives the
// numbers of those that came.
func listed(t *testing.T, n int, query string) (numbers []int, more bool) {
	t.Helper()
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(`{"id":"msg_%d","type":"message","role":"user","content":"x"}`, i)
	}
	op, ok := responses.Inbound{}.Match(dialect.Ask{Method: "GET", Path: "/v1/responses/resp_1/input_items", Query: query})
	if !ok {
		t.Fatal("the path is not known")
	}
	body, err := responses.Inbound{}.Stored(op, []byte(`{}`), []byte("["+strings.Join(items, ",")+"]"))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
		First *string `json:"first_id"`
		Last  *string `json:"last_id"`
		More  bool    `json:"has_more"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Data {
		var number int
		if _, err := fmt.Sscanf(item.ID, "msg_%d", &number); err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, number)
	}
	if len(numbers) == 0 {
		if list.First != nil || list.Last != nil {
			t.Errorf("%s: an empty list has a first or a last item", query)
		}
		return numbers, list.More
	}
	if list.First == nil || list.Last == nil || *list.First != list.Data[0].ID || *list.Last != list.Data[len(list.Data)-1].ID {
		t.Errorf("%s: the first and the last are not told: %s", query, body)
	}
	return numbers, list.More
}

func TestInputItemsComeInPages(t *testing.T) {
	for _, row := range []struct {
		n           int
		query       string
		first, last int
		count       int
		more        bool
	}{
		{3, "", 2, 0, 3, false},
		{30, "", 29, 10, 20, true},
		{20, "", 19, 0, 20, false},
		{30, "limit=100", 29, 0, 30, false},
		{150, "limit=100", 149, 50, 100, true},
		{30, "limit=5&order=asc", 0, 4, 5, true},
		{30, "order=desc&limit=1", 29, 29, 1, true},
		{30, "order=asc&limit=5&after=msg_4", 5, 9, 5, true},
		{30, "order=asc&limit=5&after=msg_24", 25, 29, 5, false},
		{30, "limit=5&after=msg_5", 4, 0, 5, false},
		{30, "order=asc&limit=5&before=msg_10", 5, 9, 5, true},
		{30, "order=asc&limit=5&before=msg_5", 0, 4, 5, false},
		{30, "order=asc&after=msg_3&before=msg_6", 4, 5, 2, false},
		{30, "include%5B%5D=x&limit=2", 29, 28, 2, true},
	} {
		got, more := listed(t, row.n, row.query)
		if len(got) != row.count || got[0] != row.first || got[len(got)-1] != row.last || more != row.more {
			t.Errorf("%d items, %q: %v, more %v", row.n, row.query, got, more)
		}
	}
	for _, query := range []string{"order=asc&after=msg_29", "after=msg_0", "order=asc&after=msg_6&before=msg_3"} {
		if got, more := listed(t, 30, query); len(got) != 0 || more {
			t.Errorf("%q: %v, more %v", query, got, more)
		}
	}
	if got, more := listed(t, 0, ""); len(got) != 0 || more {
		t.Errorf("nothing: %v, more %v", got, more)
	}
}

func TestAllPagesTogetherAreTheList(t *testing.T) {
	for _, order := range []string{"asc", "desc"} {
		var all []int
		query, more := "limit=7&order="+order, true
		for more {
			var got []int
			got, more = listed(t, 31, query)
			all = append(all, got...)
			query = fmt.Sprintf("limit=7&order=%s&after=msg_%d", order, all[len(all)-1])
		}
		for i, number := range all {
			if want := map[string]int{"asc": i, "desc": 30 - i}[order]; number != want {
				t.Fatalf("%s: %v", order, all)
			}
		}
		if len(all) != 31 {
			t.Errorf("%s: %d items", order, len(all))
		}
	}
}

func TestABadPageIsRefusedWithItsParameter(t *testing.T) {
	for query, field := range map[string]string{
		"limit=0": "limit", "limit=101": "limit", "limit=-1": "limit", "limit=x": "limit", "limit=": "limit", "limit=1&limit=2": "limit",
		"limit=99999999999999999999": "limit", "order=up": "order", "order=": "order", "after=msg_none": "after", "before=msg_none": "before", "limit=%zz": "query",
	} {
		op, _ := responses.Inbound{}.Match(dialect.Ask{Method: "GET", Path: "/v1/responses/resp_1/input_items", Query: query})
		_, err := responses.Inbound{}.Stored(op, []byte(`{}`), []byte(`[{"role":"user","content":"x"}]`))
		if hw.CodeOf(err) != hw.CodeBadRequest || hw.AsError(err).Field != field {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestAnUpstreamThatHasForgottenIsKnownByItsWords(t *testing.T) {
	for body, want := range map[string]bool{
		`{"error":{"message":"Previous response with id 'resp_1' not found.","type":"invalid_request_error","param":"previous_response_id","code":"previous_response_not_found"}}`: true,
		`{"error":{"message":"Item with id 'rs_1' not found. Items are not persisted when store is set to false.","type":"invalid_request_error","param":"input","code":null}}`:    true,
		`{"error":{"message":"Response resp_1 not found","type":"invalid_request_error","param":"previous_response_id","code":null}}`:                                              true,
		`{"error":{"message":"Invalid value for previous_response_id.","type":"invalid_request_error","param":"previous_response_id","code":null}}`:                                false,
		`{"error":{"message":"The model 'x' was not found","type":"invalid_request_error","param":"model","code":"model_not_found"}}`:                                              false,
		`<html>not found`: false,
	} {
		if got := (responses.Inbound{}).Forgotten(responses.Outbound{}.ReadError(400, nil, []byte(body))); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}
