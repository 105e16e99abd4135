package responses

import (
	"strings"

	"headwater/backend/internal/dialect"
)

// fileTypes are the documents that OpenAI reads, by the end of their name; of
// several ends of one type the first is given. Source: OpenAI's guide to file
// inputs, 2026-11-22.
var fileTypes = []struct{ end, mime string }{
	{".pdf", mimePDF},
	{".txt", mimeText},
	{".md", "text/markdown"},
	{".csv", "text/csv"},
	{".html", "text/html"},
	{".xml", "text/xml"},
	{".xml", "application/xml"},
	{".json", "application/json"},
	{".rtf", "text/rtf"},
	{".rtf", "application/rtf"},
	{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{".doc", "application/msword"},
	{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{".xls", "application/vnd.ms-excel"},
	{".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
	{".ppt", "application/vnd.ms-powerpoint"},
	{".odt", "application/vnd.oasis.opendocument.text"},
}

const (
	mimePDF  = "application/pdf"
	mimeText = "text/plain"
)

// mimeOf is the type of a document that tells it by its name only; most are PDFs.
func mimeOf(filename string) string {
	if mime := mimeByName(filename); mime != "" {
		return mime
	}
	return mimePDF
}

func mimeByName(filename string) string {
	for _, row := range fileTypes {
		if strings.HasSuffix(strings.ToLower(filename), row.end) {
			return row.mime
		}
	}
	return ""
}

// fileName is a name that fits a document's type, made from the one that it has:
// OpenAI refuses a file without a name, and reads its type there.
func fileName(filename, mime string) string {
	if filename == "" {
		filename = "document"
	}
	end := ""
	for _, row := range fileTypes {
		switch {
		case row.mime != mime:
		case strings.HasSuffix(strings.ToLower(filename), row.end):
			return filename
		case end == "":
			end = row.end
		}
	}
	text := strings.HasPrefix(mime, "text/")
	switch {
	case text && hasEnd(filename) && mimeByName(filename) == "": // such as main.go
		return filename
	case text && end == "":
		end = ".txt"
	}
	return filename + end
}

// hasEnd reports whether a name ends like that of a file.
func hasEnd(filename string) bool {
	at := strings.LastIndexByte(filename, '.')
	if at <= 0 || at == len(filename)-1 || !('a' <= filename[at+1]|0x20 && filename[at+1]|0x20 <= 'z') {
		return false
	}
	return !strings.ContainsAny(filename[at:], " /")
}

func documentOut(p dialect.Part) (outPart, bool) {
	switch {
	case p.Data != "":
		mime := p.MIME
		if mime == "" || mime == "application/octet-stream" {
			mime = mimeOf(p.Filename)
		}
		return outPart{Type: "input_file", Filename: fileName(p.Filename, mime), FileData: "data:" + mime + ";base64," + p.Data}, true
	case p.URL != "":
		return outPart{Type: "input_file", FileURL: p.URL}, true
	}
	return outPart{Type: "input_text", Text: &p.Text}, p.Text != ""
}
