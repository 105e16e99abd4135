package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"headwater/conformance"
)

// The features, the columns' parts. A cell of the matrix is all of them.
const (
	featureChat       = "chat"
	featureStream     = "streaming"
	featureAgain      = "second turn"
	featureTools      = "parallel tools"
	featureSchema     = "JSON schema"
	featureVision     = "vision"
	featureEmbeddings = "embeddings"
	featureErrors     = "typed errors"
	featureAbort      = "abort"
	featureModels     = "model list"
)

// feature is one check of one client at one target; what is wrong is the error.
type feature struct {
	name  string
	check func(ctx context.Context, e *exam) error
}

func features() []feature {
	return []feature{
		{featureChat, checkChat},
		{featureStream, checkStream},
		{featureAgain, checkAgain},
		{featureTools, checkTools},
		{featureSchema, checkSchema},
		{featureVision, checkVision},
		{featureEmbeddings, checkEmbeddings},
		{featureErrors, checkErrors},
		{featureAbort, checkAbort},
		{featureModels, checkModels},
	}
}

// exam is one client, connected to one target.
type exam struct {
	client Client
	target conformance.Target
	caller Caller
}

func checkChat(ctx context.Context, e *exam) error {
	got, err := e.caller.Chat(ctx, e.target.Models["ok"])
	if err != nil {
		return err
	}
	return e.judge(got, "ok")
}

func checkStream(ctx context.Context, e *exam) error {
	pieces := 0
	got, err := e.caller.Stream(ctx, e.target.Models["ok"], func() { pieces++ })
	if err != nil {
		return err
	}
	if pieces < 2 {
		return fmt.Errorf("the text came in %d piece", pieces)
	}
	return e.judge(got, "ok")
}

// judge compares an answer of the model that is well with what it says.
func (e *exam) judge(got Answer, model string) error {
	want := Answer{conformance.EightWords, e.target.Models[model], e.client.Finish, got.In, 8}
	if got.In == 0 || got != want {
		return fmt.Errorf("got %+v, wanted %+v", got, want)
	}
	return nil
}

func checkAgain(ctx context.Context, e *exam) error {
	text, err := e.caller.Again(ctx, e.target.Models["ok"])
	if err == nil && text != conformance.EightWords {
		err = fmt.Errorf("the second text is %q", text)
	}
	return err
}

func checkTools(ctx context.Context, e *exam) error {
	calls, text, err := e.caller.Tools(ctx, e.target.Models["tools"], e.target.Models["ok"])
	if err != nil {
		return fmt.Errorf("after %d calls: %w", len(calls), err)
	}
	names, ids := []string{}, map[string]bool{}
	for _, call := range calls {
		var args struct {
			City string `json:"city"`
		}
		if err := json.Unmarshal([]byte(call.Args), &args); err != nil || args.City == "" {
			return fmt.Errorf("the arguments of %s are %q", call.Name, call.Args)
		}
		names = append(names, call.Name)
		ids[call.ID] = true
	}
	if !slices.Equal(names, toolNames()) {
		return fmt.Errorf("called %q, wanted %q", names, toolNames())
	}
	if named := len(ids) == len(calls) && !ids[""]; !named && !e.client.NoIDs {
		return fmt.Errorf("the ids are %q", slices.Sorted(maps.Keys(ids)))
	}
	if text != conformance.EightWords {
		return fmt.Errorf("after the results the text is %q", text)
	}
	return nil
}

func checkSchema(ctx context.Context, e *exam) error {
	text, err := e.caller.Schema(ctx, e.target.Models["schema"])
	if err != nil {
		return err
	}
	var got struct {
		Name *string   `json:"name"`
		Age  *int      `json:"age"`
		Tags *[]string `json:"tags"`
	}
	strict := json.NewDecoder(strings.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&got); err != nil {
		return fmt.Errorf("reading %q: %w", text, err)
	}
	if got.Name == nil || got.Age == nil || got.Tags == nil {
		return fmt.Errorf("%q does not satisfy the schema", text)
	}
	return nil
}

func checkVision(ctx context.Context, e *exam) error {
	text, err := e.caller.Vision(ctx, e.target.Models["vision"])
	if err == nil && !strings.HasPrefix(text, "images 1") {
		err = fmt.Errorf("the upstream saw %q", text)
	}
	return err
}

func checkEmbeddings(ctx context.Context, e *exam) error {
	vectors, err := e.caller.Embed(ctx, e.target.Models["embed"], []string{"one", "two"})
	if err != nil {
		return err
	}
	if len(vectors) != 2 || len(vectors[0]) == 0 || len(vectors[0]) != len(vectors[1]) || slices.Equal(vectors[0], vectors[1]) {
		return fmt.Errorf("got %d vectors: %v", len(vectors), vectors)
	}
	return nil
}

func checkErrors(ctx context.Context, e *exam) error {
	wrong, err := e.client.Connect(e.target.Root, e.target.WrongKey)
	if err != nil {
		return err
	}
	rows := []struct {
		caller Caller
		model  string
		want   string
	}{
		{e.caller, "rate", kindRate},
		{wrong, "ok", kindAuth},
		{e.caller, "missing", kindMissing},
		{e.caller, "server", kindServer},
	}
	var errs []error
	for _, row := range rows {
		_, plain := row.caller.Chat(ctx, e.target.Models[row.model])
		_, streamed := row.caller.Stream(ctx, e.target.Models[row.model], func() {})
		for form, err := range map[string]error{"plain": plain, "streamed": streamed} {
			if got := row.caller.Kind(err); got != row.want {
				errs = append(errs, fmt.Errorf("%s, %s: %s: %w", row.want, form, got, orNothing(err)))
			}
		}
	}
	return errors.Join(errs...)
}

func orNothing(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}

// abortWait is far less than the eight seconds that the stream would take.
const abortWait = 5 * time.Second

func checkAbort(ctx context.Context, e *exam) error {
	aborted, abort := context.WithCancel(ctx)
	defer abort()
	pieces, began := 0, time.Now()
	_, err := e.caller.Stream(aborted, e.target.Models["long"], func() {
		if pieces++; pieces == 3 {
			abort()
		}
	})
	switch took := time.Since(began); {
	case err == nil:
		return errors.New("the aborted stream ended as if it were whole")
	case pieces < 3:
		return fmt.Errorf("before the abort: %w", err)
	case pieces > 100 || took > abortWait:
		return fmt.Errorf("%d pieces in %s after the abort", pieces, took)
	}
	return checkChat(ctx, e)
}

func checkModels(ctx context.Context, e *exam) error {
	listed, err := e.caller.Models(ctx)
	if err != nil {
		return err
	}
	for _, name := range listed {
		if strings.TrimPrefix(name, "models/") == e.target.Models["ok"] {
			return nil
		}
	}
	return fmt.Errorf("%s is not among %d models", e.target.Models["ok"], len(listed))
}
