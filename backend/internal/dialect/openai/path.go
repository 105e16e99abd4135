package openai

import (
	"strings"

	"headwater/backend/internal/dialect"
)

// PathOf is the path itself, since the messages and their parts are read one by
// one; what is within a result of a tool is not told apart.
func (Inbound) PathOf(asked dialect.Asked, neutral string) string {
	switch {
	case !strings.HasPrefix(neutral, "messages"):
		return neutral
	case asked.Op.Endpoint != dialect.EndpointChat:
		return ""
	case strings.Contains(neutral, ".media["):
		return dialect.MessageOf(neutral)
	}
	return neutral
}
