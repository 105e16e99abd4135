package gemini

import (
	"strings"

	"headwater/backend/internal/dialect"
)

// PathOf knows none of messages, which contents are put together to as they fit,
// nor of texts to embed, which stand in several shapes.
func (Inbound) PathOf(_ dialect.Asked, neutral string) string {
	if strings.HasPrefix(neutral, "messages") || neutral == "input" {
		return ""
	}
	return neutral
}
