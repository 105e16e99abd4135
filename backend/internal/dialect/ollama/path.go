package ollama

import (
	"strings"

	"headwater/backend/internal/dialect"
)

// PathOf is that of the message: its parts stand in several fields of it.
func (Inbound) PathOf(asked dialect.Asked, neutral string) string {
	switch {
	case !strings.HasPrefix(neutral, "messages"):
		return neutral
	case asked.Op.Endpoint != dialect.EndpointChat || asked.Op.Name != "":
		return ""
	}
	return dialect.MessageOf(neutral)
}
