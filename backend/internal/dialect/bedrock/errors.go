package bedrock

import "headwater/backend/internal/dialect"

// malformed is a fault of an answer that is not this dialect.
func malformed(message string) *dialect.Fault {
	return &dialect.Fault{Malformed: true, Detail: dialect.ErrorDetail{Message: message}}
}

// ReadError reads the body of an answer with an error status.
func (Outbound) ReadError(status int, header dialect.Header, body []byte) dialect.ErrorDetail {
	return dialect.AmazonError(status, header, body)
}
