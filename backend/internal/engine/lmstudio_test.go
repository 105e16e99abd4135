package engine_test

import (
	"reflect"
	"testing"

	"headwater/backend/internal/engine"
)

func TestReadLMStudio(t *testing.T) {
	today := blank(engine.LMStudio)
	today.Loaded = []string{"meta-llama-3.1-8b-instruct", "text-embedding-nomic-embed-text-v1.5"}
	today.Installed = []string{"qwen2-vl-7b-instruct", "meta-llama-3.1-8b-instruct", "text-embedding-nomic-embed-text-v1.5"}
	today.Context = 8192
	old := blank(engine.LMStudio)
	old.Loaded, old.Installed, old.Context = []string{"m"}, []string{"m"}, 32768
	loading := blank(engine.LMStudio)
	loading.Loading, loading.Loaded, loading.Installed = true, []string{}, []string{"m"}
	empty := blank(engine.LMStudio)
	empty.Loaded, empty.Installed = []string{}, []string{}

	rows := []struct {
		name string
		page page
		want engine.State
	}{
		{"as it is today", lmStudioPages()["/api/v0/models"], today},
		{"before it told the context it loaded with", ok(`{"data":[{"id":"m","type":"llm","state":"loaded","max_context_length":32768}]}`), old},
		{"it loads a model", ok(`{"data":[{"id":"m","type":"llm","state":"loading","max_context_length":32768}]}`), loading},
		{"nothing is installed", ok(`{"object":"list","data":[]}`), empty},
		{"before it had this list", strange, blank(engine.LMStudio)},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var asked []string
			got, err := engine.Read(t.Context(), engine.LMStudio, pages{"/api/v0/models": row.page}.from(strange, &asked))
			if err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, row.want)
			}
		})
	}
}
