package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// What a file holds is walked part by part, so that whoever counts can stop:
// decoded as a whole, a few bytes of JSON can make very much memory.

var (
	errTooMany = errors.New("there are too many of them")
	errShape   = errors.New("the JSON has another shape")
)

// members gives the members of a JSON object one by one. An error of each ends
// it and is returned as it is.
func members(raw []byte, each func(name string, value json.RawMessage) error) error {
	return walk(raw, '{', func(dec *json.Decoder) error {
		token, err := dec.Token()
		if err != nil {
			return err //nolint:wrapcheck // a *json.SyntaxError says where
		}
		name, _ := token.(string) // the decoder has made sure
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err //nolint:wrapcheck // the same
		}
		return each(name, value)
	})
}

// elements gives the elements of a JSON list one by one.
func elements(raw []byte, each func(json.RawMessage) error) error {
	return walk(raw, '[', func(dec *json.Decoder) error {
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err //nolint:wrapcheck // a *json.SyntaxError says where
		}
		return each(value)
	})
}

func walk(raw []byte, open json.Delim, part func(*json.Decoder) error) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	token, err := dec.Token()
	if err != nil {
		return err //nolint:wrapcheck // a *json.SyntaxError says where
	}
	if token != open {
		return errShape
	}
	for dec.More() {
		if err := part(dec); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil { // the closing one
		return err //nolint:wrapcheck // a *json.SyntaxError says where
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errShape
	}
	return nil
}
