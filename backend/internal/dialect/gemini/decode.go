package gemini

import (
	"encoding/json"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Decode reads the whole request into the neutral form.
func (Inbound) Decode(op dialect.Operation, body []byte) (*dialect.Request, error) {
	if err := peek.Object(body, nil); err != nil {
		return nil, badJSON(err)
	}
	if op.Model == "" {
		return nil, noModel()
	}
	r := &reader{req: &dialect.Request{Endpoint: op.Endpoint, Model: op.Model, Stream: op.Stream, StreamUsage: true}}
	root := r.object("", body)
	switch op.Endpoint {
	case dialect.EndpointEmbeddings:
		r.embeddings(op.Name, root)
	case dialect.EndpointCount:
		r.count(root)
	default:
		r.chat(root)
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.req, nil
}

// count reads the two forms of what is to be counted: bare contents, or a whole
// request in its own field.
func (r *reader) count(root *object) {
	inner := root.child("generateContentRequest")
	if inner == nil {
		r.chat(root)
		return
	}
	root.take("model")
	root.dropRest("")
	r.chat(inner)
}

func (r *reader) chat(root *object) {
	root.take("model") // the path names it
	r.system(root)
	r.contents(root)
	r.tools(root)
	r.toolConfig(root.child("toolConfig"))
	r.generation(root.child("generationConfig"))
	root.dropRest("")
}

// system reads the instructions on top; their role means nothing.
func (r *reader) system(root *object) {
	content := root.child("systemInstruction")
	if content == nil {
		return
	}
	content.take("role")
	m := dialect.Message{Role: dialect.RoleSystem}
	for _, p := range content.children("parts") {
		m.Parts = append(m.Parts, r.part(p, 0)...)
	}
	for _, p := range m.Parts {
		if p.Kind != dialect.PartText {
			r.fail(hw.Errorf(hw.CodeUnsupported, "The system instruction can hold text only, not a %s.", p.Kind).At(content.at))
		}
	}
	content.dropRest("")
	if len(m.Parts) > 0 {
		r.req.Messages = append(r.req.Messages, m)
	}
}

// generation reads generationConfig.
func (r *reader) generation(g *object) {
	thoughts := false // Gemini shows none unless asked
	r.req.ShowThoughts = &thoughts
	if g == nil {
		return
	}
	req := r.req
	req.Temperature, req.TopP = g.number("temperature"), g.number("topP")
	if k := g.whole("topK"); k != nil {
		topK := int(*k)
		req.TopK = &topK
	}
	req.Count = g.count("candidateCount", 1)
	req.MaxTokens = g.count("maxOutputTokens", 0)
	req.Stop = g.texts("stopSequences")
	req.Seed = g.whole("seed")
	req.PresencePenalty, req.FrequencyPenalty = g.number("presencePenalty"), g.number("frequencyPenalty")
	r.format(g)
	r.thinking(g.child("thinkingConfig"))
	if raw := g.fields["responseModalities"]; strings.EqualFold(string(raw), `["text"]`) {
		g.take("responseModalities") // what is answered anyway
	}
	g.dropRest("")
}

// format reads the wanted shape of the answer.
func (r *reader) format(g *object) {
	schema := r.responseSchema(g)
	switch kind := g.text("responseMimeType"); kind {
	case "application/json":
		r.req.Format.Kind = "json"
		if schema != nil {
			r.req.Format = dialect.Format{Kind: "schema", Schema: schema}
		}
	case "", "text/plain":
		if schema != nil {
			r.bad(g.path("responseMimeType"), "A response schema needs the responseMimeType application/json.")
		}
	default: // text/x.enum and what may come
		r.drop(g.path("responseMimeType"))
	}
}

// responseSchema reads the schema of the answer; nil when there is none. A JSON
// Schema wins over the older kind: Google refuses both together.
func (r *reader) responseSchema(g *object) json.RawMessage {
	older, hasOlder := g.take("responseSchema")
	for _, key := range []string{"responseJsonSchema", "_responseJsonSchema"} {
		schema, ok := g.take(key)
		if !ok {
			continue
		}
		if peek.Object(schema, nil) != nil {
			r.bad(g.path(key), "The field %s must be a schema.", g.path(key))
		}
		return schema
	}
	if !hasOlder {
		return nil
	}
	schema, err := jsonSchema(older)
	if err != nil {
		r.bad(g.path("responseSchema"), "The field %s must be a schema.", g.path("responseSchema"))
	}
	return schema
}

// thinking reads how much and whether openly the model shall reason.
func (r *reader) thinking(t *object) {
	if t == nil {
		return
	}
	if show := t.flag("includeThoughts"); show != nil {
		r.req.ShowThoughts = show
	}
	switch budget := t.whole("thinkingBudget"); {
	case budget == nil || *budget < 0: // -1 leaves it to the model, which nobody need be told
	case *budget == 0:
		r.req.Effort = "none"
	case *budget <= 1<<30:
		r.req.ThinkingTokens = int(*budget)
	default:
		r.bad(t.path("thinkingBudget"), "The field %s is too large.", t.path("thinkingBudget"))
	}
	switch level := strings.ToLower(t.text("thinkingLevel")); level {
	case "", "thinking_level_unspecified":
	case "minimal", "low", "medium", "high":
		r.req.Effort = level
	default:
		r.bad(t.path("thinkingLevel"), "The field %s must be minimal, low, medium or high.", t.path("thinkingLevel"))
	}
	t.dropRest("")
}

// embeddings reads one content or a batch of them. What stands in the requests
// of a batch must be the same in all: the neutral form says it once.
func (r *reader) embeddings(verb string, root *object) {
	root.take("model")
	requests := []*object{root}
	if verb == verbBatchEmbed {
		requests = root.children("requests")
		root.dropRest("")
		if len(requests) == 0 {
			r.bad("requests", "The field requests must have at least one request.")
		}
	}
	for i, o := range requests {
		o.take("model")
		content := o.child("content")
		if content == nil {
			r.bad(o.path("content"), "The field %s is missing.", o.path("content"))
			return
		}
		r.req.Input = append(r.req.Input, r.embedText(content))
		// Vertex AI wraps the options of a single content.
		r.embedOptions(i, o)
		if config := o.child("embedContentConfig"); config != nil {
			r.embedOptions(i, config)
			config.dropRest("")
		}
		o.dropRest("")
	}
}

// embedText joins the texts of one content, which give one vector.
func (r *reader) embedText(content *object) string {
	content.take("role")
	var texts []string
	for _, p := range content.children("parts") {
		if !p.has("text") {
			r.fail(hw.Errorf(hw.CodeUnsupported, "Only text can be embedded by the model's upstream.").At(p.at))
		}
		texts = append(texts, p.text("text"))
		p.dropRest("")
	}
	if len(texts) == 0 {
		r.bad(content.path("parts"), "The field %s must have at least one part.", content.path("parts"))
	}
	return strings.Join(texts, "\n")
}

// inputTypes are Google's task types that other vendors know as well.
func inputTypes() map[string]string {
	return map[string]string{
		"RETRIEVAL_QUERY":     dialect.InputTypeQuery,
		"RETRIEVAL_DOCUMENT":  dialect.InputTypeDocument,
		"CLASSIFICATION":      dialect.InputTypeClassification,
		"CLUSTERING":          dialect.InputTypeClustering,
		"SEMANTIC_SIMILARITY": dialect.InputTypeSimilarity,
	}
}

func (r *reader) embedOptions(i int, o *object) {
	task := o.text("taskType")
	dimensions := o.count("outputDimensionality", 1)
	if task == "TASK_TYPE_UNSPECIFIED" {
		task = ""
	}
	if known, ok := inputTypes()[task]; ok {
		task = known
	}
	if i == 0 {
		if task != "" {
			r.req.InputType = task
		}
		if dimensions != 0 {
			r.req.Dimensions = dimensions
		}
		return
	}
	if task != r.req.InputType || dimensions != r.req.Dimensions {
		r.fail(hw.Errorf(hw.CodeUnsupported, "The requests of a batch must have the same taskType and outputDimensionality for the model's upstream.").At(o.at))
	}
}
