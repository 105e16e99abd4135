package openai

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// answerImage is an image that a model made, in the form which the routers of
// this dialect share.
type answerImage struct {
	Type string `json:"type"`
	URL  outURL `json:"image_url"`
}

// answerAudio is speech that a model made.
type answerAudio struct {
	ID         string `json:"id"`
	Data       string `json:"data"`
	Transcript string `json:"transcript"`
	ExpiresAt  int64  `json:"expires_at"`
}

// dataURL is where a part's media is: its address, or the media itself.
func dataURL(p *dialect.Part) string {
	if p.Data == "" {
		return p.URL
	}
	return "data:" + p.MIME + ";base64," + p.Data
}

// imageOut renders an image of an answer.
func imageOut(p *dialect.Part) answerImage {
	return answerImage{"image_url", outURL{URL: dataURL(p)}}
}

// readImages reads the images of an answer's message, which some upstreams
// keep among the parts of the content.
func readImages(lists ...json.RawMessage) []dialect.Part {
	var parts []dialect.Part
	for _, list := range lists {
		for element := range peek.Elements(list) {
			var image struct {
				Type string          `json:"type"`
				URL  json.RawMessage `json:"image_url"`
			}
			if json.Unmarshal(element, &image) != nil || image.Type != "image_url" {
				continue
			}
			if p, err := mediaPart("", dialect.PartImage, image.URL); err == nil {
				parts = append(parts, p)
			}
		}
	}
	return parts
}

// wireAudio is speech in an answer, whole or a piece of it.
type wireAudio struct {
	ID         looseText `json:"id"`
	Data       looseText `json:"data"`
	Transcript looseText `json:"transcript"`
}

func readAudio(raw json.RawMessage) wireAudio {
	if !isSet(raw) { // as in nearly every chunk: what follows costs an allocation
		return wireAudio{}
	}
	var a wireAudio
	// Of what is no object nothing can be said.
	_ = json.Unmarshal(raw, &a)
	return a
}

// audioPart makes a part of speech.
func audioPart(id, data string) dialect.Part {
	return dialect.Part{Kind: dialect.PartAudio, ID: id, Data: data, MIME: audioType(data)}
}

// audioType tells the type of audio from how it begins: answers do not say it.
// Raw samples begin with nothing known.
func audioType(data string) string {
	for _, row := range []struct{ head, mime string }{
		{"UklGR", "audio/wav"},  // RIFF
		{"SUQz", "audio/mp3"},   // ID3
		{"//", "audio/mp3"},     // an MPEG frame
		{"ZkxhQ", "audio/flac"}, // fLaC
		{"T2dnU", "audio/ogg"},  // OggS
	} {
		if strings.HasPrefix(data, row.head) {
			return row.mime
		}
	}
	return "audio/pcm"
}

// audioFormat is the word for a type of audio in a request's input_audio.
func audioFormat(mime string) string {
	switch word := strings.TrimPrefix(mime, "audio/"); word {
	case "mpeg", "mp3":
		return "mp3"
	case "x-wav", "wave", "vnd.wave":
		return "wav"
	default:
		return word
	}
}

// speech gathers the audio of a streamed choice: each piece is base64 by itself.
type speech struct {
	id      string
	samples []byte
	// odd is what came that is not base64, as it came.
	odd []byte
}

func (s *speech) add(a wireAudio) {
	if a.ID != "" {
		s.id = string(a.ID)
	}
	raw, err := base64.StdEncoding.DecodeString(string(a.Data))
	if err != nil {
		s.odd = append(s.odd, a.Data...)
		return
	}
	s.samples = append(s.samples, raw...)
}

// part gives what came together; nil when nothing did.
func (s *speech) part() *dialect.Part {
	data := base64.StdEncoding.EncodeToString(s.samples) + string(s.odd)
	s.samples, s.odd = nil, nil
	if data == "" {
		return nil
	}
	p := audioPart(s.id, data)
	return &p
}
