package bedrock

import (
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// mediaOut is an image or a video on the wire.
type mediaOut struct {
	Format string `json:"format"`
	Source origin `json:"source"`
}

// documentOut is a document on the wire.
type documentOut struct {
	Format string `json:"format"`
	Name   string `json:"name"`
	Source origin `json:"source"`
}

// origin is where media are: here, or in Amazon's store.
type origin struct {
	Bytes string      `json:"bytes,omitempty"`
	S3    *s3Location `json:"s3Location,omitempty"`
}

type s3Location struct {
	URI string `json:"uri"`
}

// formats are Bedrock's words for the types of media, by the kind of part.
var formats = map[dialect.PartKind]map[string]string{
	dialect.PartImage: {
		"image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif", "image/webp": "webp",
	},
	dialect.PartVideo: {
		"video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm", "video/x-matroska": "mkv", "video/x-flv": "flv",
		"video/mpeg": "mpeg", "video/x-ms-wmv": "wmv", "video/3gpp": "three_gp",
	},
	dialect.PartDocument: {
		"application/pdf": "pdf", "text/csv": "csv", "text/html": "html", "text/plain": "txt", "text/markdown": "md", "application/json": "txt",
		"application/msword": "doc", "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
		"application/vnd.ms-excel": "xls", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
	},
}

// detail names the wish to have an image seen less closely than it is.
func (e *encoding) detail(p *dialect.Part) {
	if p.Detail != "" && p.Detail != "auto" && p.Detail != "high" {
		e.drop("messages[].content[].detail")
	}
}

// media renders an image, a document or a video.
func (e *encoding) media(p *dialect.Part) (content, *hw.Error) {
	e.detail(p)
	if p.Kind == dialect.PartDocument && p.Data == "" && p.URL == "" && strings.TrimSpace(p.Text) != "" {
		return content{Text: p.Text}, nil
	}
	if formats[p.Kind] == nil {
		return content{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream takes no %s.", p.Kind)
	}
	source, err := originOf(p)
	if err != nil {
		return content{}, err
	}
	format, err := formatOf(p)
	if err != nil {
		return content{}, err
	}
	switch p.Kind {
	case dialect.PartImage:
		return content{Image: &mediaOut{format, source}}, nil
	case dialect.PartVideo:
		return content{Video: &mediaOut{format, source}}, nil
	default:
		return content{Document: &documentOut{format, e.documentName(p.Filename), source}}, nil
	}
}

func originOf(p *dialect.Part) (origin, *hw.Error) {
	switch {
	case p.Data != "":
		return origin{Bytes: p.Data}, nil
	case strings.HasPrefix(p.URL, "s3://"):
		return origin{S3: &s3Location{p.URL}}, nil
	}
	return origin{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream takes no %s by its address; send the data.", p.Kind)
}

// formatOf finds the word for the type of a part; what only has an address has
// it in its ending.
func formatOf(p *dialect.Part) (string, *hw.Error) {
	known := formats[p.Kind]
	if format, ok := known[strings.ToLower(p.MIME)]; ok {
		return format, nil
	}
	for _, place := range []string{p.Filename, p.URL} {
		ending := strings.ToLower(place[strings.LastIndexByte(place, '.')+1:])
		if ending == "jpg" {
			ending = "jpeg"
		}
		for _, format := range known {
			if format == ending {
				return format, nil
			}
		}
	}
	if p.Kind == dialect.PartDocument && strings.HasPrefix(p.MIME, "text/") {
		return "txt", nil
	}
	return "", hw.Errorf(hw.CodeUnsupported, "The model's upstream takes no %s of the type %q.", p.Kind, p.MIME)
}

// documentName fits a file's name to what Bedrock takes: letters, digits, single
// spaces, hyphens, parentheses and square brackets. Each name stands once.
func (e *encoding) documentName(filename string) string {
	if at := strings.LastIndexByte(filename, '.'); at > 0 {
		filename = filename[:at]
	}
	base := strings.Join(strings.FieldsFunc(filename, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-()[]", r)
	}), " ")
	if base == "" {
		base = "document"
	}
	const longest = 180 // of 200, to leave room for a number
	base = base[:min(len(base), longest)]
	if e.documents == nil {
		e.documents = map[string]int{}
	}
	name := base
	for n := e.documents[base]; e.documents[name] > 0; n++ {
		name = fmt.Sprintf("%s %d", base, n)
		e.documents[base] = n + 1
	}
	e.documents[name] = 2
	return name
}

// NeedsData implements dialect.Inliner: of addresses only those of S3 are taken.
func (Outbound) NeedsData(p *dialect.Part) bool { return !strings.HasPrefix(p.URL, "s3://") }
