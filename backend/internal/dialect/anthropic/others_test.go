package anthropic_test

import (
	"slices"
	"testing"
)

func TestDecodeNamesWhatNobodyReadsInside(t *testing.T) {
	message := func(content string) string { return `"messages":[{"role":"user","content":` + content + `}]` }
	turn := func(block string) string {
		return `"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[` + block + `]}]`
	}
	for _, row := range []struct {
		fields string
		want   []string
	}{
		{`"messages":[{"role":"user","content":"a","zz":1,"void":null},{"role":"assistant","content":"b","zz":2}]`, []string{"messages[].zz"}},
		{message(`[{"type":"text","text":"a","zz":1,"cache_control":{"type":"ephemeral"}}]`), []string{"messages[].content[].zz"}},
		{message(`[{"type":"image","source":{"type":"url","url":"https://x.test/a.png","zz":1}}]`), []string{"messages[].content[].source.zz"}},
		{message(`[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"a"},"zz":true}]`), []string{"messages[].content[].zz"}},
		{message(`[{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"a"}],"citations":{"enabled":true}}]`), []string{"messages[].content (citations of a search result)"}},
		{message(`[{"type":"search_result","source":"s","title":"t","content":[],"citations":{"enabled":false}}]`), nil},
		{turn(`{"type":"tool_use","id":"c","name":"f","input":{"zz":1},"caller":{"type":"direct"}}`), nil},
		{turn(`{"type":"tool_use","id":"c","name":"f","input":{},"caller":{"type":"code_execution_20250825","tool_id":"t"}}`), []string{"messages[].content[].caller"}},
		{turn(`{"type":"thinking","thinking":"a","signature":"s","zz":1}`), []string{"messages[].content[].zz"}},
		{turn(`{"type":"text","text":"a","citations":null}`), nil},
		{message(`"a"`) + `,"system":[{"type":"text","text":"s","zz":1}]`, []string{"system[].zz"}},
		{message(`"a"`) + `,"tools":[{"name":"f","input_schema":{"zz":1},"eager_input_streaming":true},{"name":"g","zz":{"a":1}}]`, []string{"tools[].zz"}},
		{message(`"a"`) + `,"tool_choice":{"type":"auto","zz":1}`, []string{"tool_choice.zz"}},
		{message(`"a"`) + `,"thinking":{"type":"adaptive","zz":1}`, []string{"thinking.zz"}},
		{message(`"a"`) + `,"output_config":{"format":{"type":"json_schema","schema":{"zz":1},"zz":1}}`, []string{"output_config.format.zz"}},
	} {
		if got := decode(t, `{"model":"m","max_tokens":5,`+row.fields+`}`).Unmapped; !slices.Equal(got, row.want) {
			t.Errorf("%s: named %q, want %q", row.fields, got, row.want)
		}
	}
}
