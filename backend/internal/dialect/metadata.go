package dialect

import "encoding/json"

// HasTexts reports whether a raw JSON value is an object of texts, at least one:
// what OpenAI takes as metadata.
func HasTexts(raw json.RawMessage) bool {
	var texts map[string]*string
	if json.Unmarshal(raw, &texts) != nil {
		return false
	}
	for _, text := range texts {
		if text == nil {
			return false
		}
	}
	return len(texts) > 0
}
