package testupstream

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
)

// onePixel is a picture of one pixel, PNG in base64.
const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="

// maxPictures is how many the vendor makes at once.
const maxPictures = 10

// form is what the fake reads of a multipart request.
type form struct {
	fields map[string]string
	// files counts the files of each field.
	files map[string]int
}

// formIn reads a multipart body; what is no such body has no fields.
func formIn(contentType string, body []byte) form {
	f := form{fields: map[string]string{}, files: map[string]int{}}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" {
		return f
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return f
		}
		name := strings.TrimSuffix(part.FormName(), "[]")
		if part.FileName() != "" {
			f.files[name]++
			continue
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return f
		}
		f.fields[name] = string(value)
	}
}

// openaiSpeech answers POST /audio/speech with a moment of silence.
func (x *exchange) openaiSpeech() bool {
	var req struct {
		Input  string `json:"input"`
		Voice  any    `json:"voice"`
		Format string `json:"response_format"`
		Stream string `json:"stream_format"`
	}
	fault := x.decode(&req)
	for _, missing := range []struct {
		name string
		yes  bool
	}{{"input", req.Input == ""}, {"voice", req.Voice == nil}} {
		if fault == "" && missing.yes {
			fault = "Missing required parameter: '" + missing.name + "'."
		}
	}
	if fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	sound, kind := silence(req.Format)
	if req.Stream != "sse" {
		return x.plain(cmp.Or(x.fault.Status, http.StatusOK), kind, sound)
	}
	var frames []frame
	for half := range 2 {
		piece := sound[half*len(sound)/2 : (half+1)*len(sound)/2]
		frames = append(frames, typed(frameContent, "speech.audio.delta", map[string]any{"audio": base64.StdEncoding.EncodeToString(piece)}))
	}
	done := map[string]any{}
	if !x.fault.NoUsage {
		done["usage"] = mediaUsage(len(strings.Fields(req.Input)), 10)
	}
	return x.stream(append(frames, typed(frameTail, "speech.audio.done", done)))
}

// typed is an event that OpenAI sends without a name: its type is in the data.
func typed(kind frameKind, name string, v map[string]any) frame {
	v["type"] = name
	return frame{kind: kind, data: string(mustJSON(v))}
}

func mediaUsage(in, out int) map[string]any {
	return map[string]any{"input_tokens": in, "output_tokens": out, "total_tokens": in + out}
}

// silence is a short sound and its content type.
func silence(format string) (sound []byte, contentType string) {
	switch format {
	case "", "mp3":
		frame := make([]byte, 417) // 128 kbit/s at 44.1 kHz
		copy(frame, "\xff\xfb\x90\x64")
		return frame, "audio/mpeg"
	case "wav":
		const rate, samples = 8000, 80
		head := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
		binary.LittleEndian.PutUint32(head[4:], 36+2*samples)
		head = binary.LittleEndian.AppendUint32(head, rate)
		head = binary.LittleEndian.AppendUint32(head, 2*rate)
		head = append(head, "\x02\x00\x10\x00data"...)
		head = binary.LittleEndian.AppendUint32(head, 2*samples)
		return append(head, make([]byte, 2*samples)...), "audio/wav"
	}
	return make([]byte, 480), "audio/" + format
}

// openaiTranscription answers POST /audio/transcriptions and …/translations:
// every sound says the same.
func (x *exchange) openaiTranscription() bool {
	if x.form.files["file"] != 1 {
		return x.refuse(http.StatusBadRequest, "Missing required parameter: 'file'.")
	}
	text := strings.Join(x.says(), "")
	usage := map[string]any{"type": "duration", "seconds": 3}
	if x.form.fields["stream"] == "true" {
		return x.stream(x.heard(usage))
	}
	answer := map[string]any{"text": text}
	if !x.fault.NoUsage {
		answer["usage"] = usage
	}
	status := cmp.Or(x.fault.Status, http.StatusOK)
	switch format := x.form.fields["response_format"]; format {
	case "", "json":
	case "verbose_json":
		answer["task"], answer["language"], answer["duration"] = "transcribe", "english", 3.0
		answer["segments"] = []any{map[string]any{"id": 0, "start": 0.0, "end": 3.0, "text": text}}
	case "text":
		return x.plain(status, "text/plain; charset=utf-8", []byte(text+"\n"))
	case "srt":
		return x.plain(status, "text/plain; charset=utf-8", []byte("1\n00:00:00,000 --> 00:00:03,000\n"+text+"\n\n"))
	case "vtt":
		return x.plain(status, "text/plain; charset=utf-8", []byte("WEBVTT\n\n00:00:00.000 --> 00:00:03.000\n"+text+"\n\n"))
	default:
		return x.refuse(http.StatusBadRequest, "Invalid value: '"+format+"'.")
	}
	return x.json(mustJSON(answer))
}

// heard are the events of a transcription.
func (x *exchange) heard(usage map[string]any) []frame {
	var frames []frame
	pieces := x.says()
	for _, piece := range pieces {
		frames = append(frames, typed(frameContent, "transcript.text.delta", map[string]any{"delta": piece}))
	}
	done := map[string]any{"text": strings.Join(pieces, "")}
	if !x.fault.NoUsage {
		done["usage"] = usage
	}
	return append(frames, typed(frameTail, "transcript.text.done", done), frame{kind: frameEnd, data: "[DONE]"})
}

// pictures is what the fake reads of a request for pictures.
type pictures struct {
	Prompt  string          `json:"prompt"`
	Count   int             `json:"n"`
	Stream  bool            `json:"stream"`
	Partial int             `json:"partial_images"`
	Images  json.RawMessage `json:"images"`
}

// readPictures reads a request for pictures, in JSON or as a form.
func (x *exchange) readPictures() (p pictures, fault string) {
	if len(x.form.fields) == 0 {
		fault = x.decode(&p)
	} else {
		p.Prompt, p.Stream = x.form.fields["prompt"], x.form.fields["stream"] == "true"
		p.Count, _ = strconv.Atoi(x.form.fields["n"]) // zero where there is none
		p.Partial, _ = strconv.Atoi(x.form.fields["partial_images"])
		if x.form.files["image"] > 0 {
			p.Images = json.RawMessage("[]")
		}
	}
	p.Count = cmp.Or(p.Count, 1)
	if fault == "" && (p.Count < 1 || p.Count > maxPictures) {
		fault = fmt.Sprintf("Invalid 'n': must be between 1 and %d.", maxPictures)
	}
	return p, fault
}

// openaiImages answers POST /images/… with pictures of one pixel; kind is what
// its events are called after.
func (x *exchange) openaiImages(kind string, needsPrompt, needsImage bool) bool {
	p, fault := x.readPictures()
	switch {
	case fault != "":
	case needsPrompt && p.Prompt == "":
		fault = "Missing required parameter: 'prompt'."
	case needsImage && blank(p.Images):
		fault = "Missing required parameter: 'image'."
	}
	if fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	usage := mediaUsage(1+len(strings.Fields(p.Prompt)), 100*p.Count)
	if p.Stream {
		return x.stream(x.painted(kind, &p, usage))
	}
	rows := make([]any, p.Count)
	for i := range rows {
		rows[i] = map[string]any{"b64_json": onePixel}
	}
	answer := map[string]any{"created": created, "data": rows}
	if !x.fault.NoUsage {
		answer["usage"] = usage
	}
	return x.json(mustJSON(answer))
}

// painted are the events of pictures. The last has the usage, and no terminator
// follows.
func (x *exchange) painted(kind string, p *pictures, usage map[string]any) []frame {
	var frames []frame
	for i := range p.Partial {
		frames = append(frames, event(frameContent, kind+".partial_image", map[string]any{"partial_image_index": i, "b64_json": onePixel, "created_at": created}))
	}
	for i := range p.Count {
		last := map[string]any{"b64_json": onePixel, "created_at": created}
		if i == p.Count-1 && !x.fault.NoUsage {
			last["usage"] = usage
		}
		frames = append(frames, event(frameTail, kind+".completed", last))
	}
	return frames
}
