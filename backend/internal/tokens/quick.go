package tokens

// The figures of a quick look.
const (
	// bytesPerToken is near for English text and JSON, and for Chinese, whose
	// characters have three bytes.
	bytesPerToken = 4
	// mediaRun is how long a run of base64 must be to be a picture or a file.
	mediaRun = 1024
)

// Quick estimates the tokens of a request from its bytes, without reading what
// they mean: far cheaper than Request, and no nearer than to a factor of two.
// Pictures and files inside count as such.
func Quick(body []byte) int64 {
	text, media, run := int64(0), int64(0), 0
	end := func() {
		if run >= mediaRun {
			media += perImage
		} else {
			text += int64(run)
		}
		run = 0
	}
	for _, c := range body {
		if base64Bytes[c] {
			run++
			continue
		}
		end()
		text++
	}
	end()
	return text/bytesPerToken + media
}

// base64Bytes are the bytes of base64 in either alphabet.
var base64Bytes = func() (in [256]bool) {
	for c := range in {
		letter := byte(c)
		in[c] = letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z' || letter >= '0' && letter <= '9' ||
			letter == '+' || letter == '/' || letter == '-' || letter == '_' || letter == '='
	}
	return in
}()
