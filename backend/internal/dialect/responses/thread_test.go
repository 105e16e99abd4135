package responses_test

import (
	"encoding/json"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/responses"
)

func TestThread(t *testing.T) {
	for _, row := range []struct {
		body, previous string
		keep           bool
		field          string
	}{
		{`{"model":"m"}`, "", true, ""},
		{`{"previous_response_id":"resp_1","store":false}`, "resp_1", false, ""},
		{`{"previous_response_id":null,"store":null}`, "", true, ""},
		{`{"store":true}`, "", true, ""},
		{`{"store":"yes"}`, "", false, "store"},
		{`{"previous_response_id":4}`, "", false, "previous_response_id"},
		{`{"store":true,"store":false}`, "", false, "store"},
	} {
		previous, keep, err := responses.Inbound{}.Thread([]byte(row.body))
		if row.field != "" {
			if e := hw.AsError(err); err == nil || e.Field != row.field || e.Code == hw.CodeInternal {
				t.Errorf("%s: %v", row.body, err)
			}
			continue
		}
		if err != nil || previous != row.previous || keep != row.keep {
			t.Errorf("%s: got %q, %v, %v", row.body, previous, keep, err)
		}
	}
}

func TestJoin(t *testing.T) {
	history := `[{"a":1}, {"b":[2]}]`
	for _, row := range []struct{ name, body, history, want string }{
		{
			"a text", `{"model":"m", "previous_response_id" : "resp_1", "input":"h\u00e9","x":1.0}`, history,
			`{"model":"m",  "input":[{"a":1},{"b":[2]},{"type":"message","role":"user","content":"h\u00e9"}],"x":1.0}`,
		},
		{"a list, the id last", `{"input": [ {"c":3} ] , "previous_response_id":"r"}`, history, `{"input": [{"a":1},{"b":[2]},{"c":3}] }`},
		{"the id first", `{"previous_response_id":null,"input":[]}`, history, `{"input":[{"a":1},{"b":[2]}]}`},
		{"nothing new", `{"previous_response_id":"r"}`, history, `{"input":[{"a":1},{"b":[2]}]}`},
		{"an escaped name", `{"x":1,"previous\u005fresponse_id":"r","input":null}`, `[]`, `{"x":1,"input":[]}`},
		{"no history", `{"input":"a"}`, ``, `{"input":[{"type":"message","role":"user","content":"a"}]}`},
	} {
		got, err := responses.Inbound{}.Join([]byte(row.body), []byte(row.history))
		if err != nil || string(got) != row.want || !json.Valid(got) {
			t.Errorf("%s: got  %s, %v\nwant %s", row.name, got, err, row.want)
		}
	}
	for _, body := range []string{`{"input":4}`, `[]`, `{"input":[],"input":[]}`} {
		if _, err := (responses.Inbound{}).Join([]byte(body), nil); err == nil || hw.CodeOf(err) == hw.CodeInternal {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestHistory(t *testing.T) {
	for _, row := range []struct{ joined, answer, want string }{
		{`{"input":"a"}`, `{"output":[{"b":1},{"c":2}]}`, `[{"type":"message","role":"user","content":"a"},{"b":1},{"c":2}]`},
		{`{"input":[{"a":1}]}`, ``, `[{"a":1}]`},
		{`{}`, `{"output":[]}`, `[]`},
	} {
		got, err := responses.Inbound{}.History([]byte(row.joined), []byte(row.answer))
		if err != nil || string(got) != row.want {
			t.Errorf("got %s, %v, want %s", got, err, row.want)
		}
	}
}

func TestStoredAnswer(t *testing.T) {
	stream := "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"a\"}}\n\n: x\n\n" +
		"event: response.incomplete\ndata: {\"type\":\"response.incomplete\",\"response\":{\"id\":\"b\"}}\n\n"
	if got, ok := (responses.Inbound{}).StoredAnswer([]byte(stream)); !ok || string(got) != `{"id":"b"}` {
		t.Errorf("got %s, %v", got, ok)
	}
	for _, cut := range []string{"", stream[:100], "data: {\"type\":\"response.completed\"}\n\n", "data: x\n\n"} {
		if got, ok := (responses.Inbound{}).StoredAnswer([]byte(cut)); ok {
			t.Errorf("%q gave %s", cut, got)
		}
	}
}

func TestStored(t *testing.T) {
	op := dialect.Operation{Endpoint: dialect.EndpointStored, ID: "resp_1"}
	answer := []byte(`{"id":"resp_1","x":1.0}`)
	input := []byte(`[{"role":"user","content":"hi"},{"type":"message","role":"assistant","id":"msg_0","status":"completed","content":[]},{"type":"function_call","id":null,"call_id":"c"}]`)
	list := op
	list.Name = "input_items"
	for _, row := range []struct {
		name   string
		op     dialect.Operation
		answer []byte
		want   string
	}{
		{"show", op, answer, string(answer)},
		{"delete", dialect.Operation{ID: "resp_1", Name: "delete"}, answer, `{"id":"resp_1","object":"response","deleted":true}`},
		{"deleted", op, nil, `{"id":"resp_1","object":"response","deleted":true}`},
		{"input", list, answer, `{"object":"list","data":[{"type":"function_call","id":"item_resp_1_in2","call_id":"c"},` +
			`{"type":"message","role":"assistant","id":"msg_0","status":"completed","content":[]},` +
			`{"id":"msg_resp_1_in0","type":"message","status":"completed","role":"user","content":[{"type":"input_text","text":"hi"}]}],` +
			`"first_id":"item_resp_1_in2","last_id":"msg_resp_1_in0","has_more":false}`},
	} {
		got, err := responses.Inbound{}.Stored(row.op, row.answer, input)
		if err != nil || string(got) != row.want {
			t.Errorf("%s: got  %s, %v\nwant %s", row.name, got, err, row.want)
		}
	}
	if got, err := (responses.Inbound{}).Stored(list, answer, nil); err != nil || string(got) != `{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}` {
		t.Errorf("empty: %s, %v", got, err)
	}
	for _, name := range []string{"cancel", "other"} {
		op.Name = name
		if _, err := (responses.Inbound{}).Stored(op, answer, input); err == nil || hw.CodeOf(err) == hw.CodeInternal {
			t.Errorf("%s: %v", name, err)
		}
	}
}
