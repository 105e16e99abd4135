package anthropic

import (
	"fmt"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// This file has what the clouds share that serve Claude: the body is Anthropic's,
// but names the version of the dialect in place of the model, which stands in the
// path. Source: Anthropic's "Claude on Vertex AI" and "Claude on Amazon Bedrock",
// read 2026-11.

// inCloud makes the body for a cloud out of one for Anthropic itself; named is
// true where the cloud wants the model in it all the same. Every other byte stays.
func inCloud(body []byte, version string, named bool) ([]byte, error) {
	fields := [...]peek.Field{{Key: "model"}, {Key: "anthropic_version"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return nil, badJSON(err)
	}
	if fields[1].Found { // a caller who speaks to a cloud already: it may be another
		return inCloud(peek.Apply(nil, body, peek.Remove(body, fields[1])), version, named)
	}
	field := fmt.Sprintf(`"anthropic_version":%q`, version)
	edit := peek.Insert(body, field)
	if fields[0].Found && !named {
		edit = peek.Replace(body, fields[0], field)
	}
	return peek.Apply(make([]byte, 0, len(body)+len(field)), body, edit), nil
}

func unserved(endpoint dialect.Endpoint) error {
	return hw.Errorf(hw.CodeUnsupported, "The model's upstream has no %s.", endpoint).At("model")
}
