package openai_test

import (
	"bytes"
	"io"
	"mime/multipart"
)

// multipartFields are the models that Go's own reader finds in a form.
func multipartFields(body []byte) []string {
	var found []string
	parts := multipart.NewReader(bytes.NewReader(body), "hw")
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return found
		}
		value, _ := io.ReadAll(part) // a broken part ends the next turn
		if part.FormName() == "model" {
			found = append(found, string(value))
		}
	}
}
