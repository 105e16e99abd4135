package calllog

import (
	"math"
	"strconv"
	"unicode/utf8"

	"headwater/backend/hw"
)

// appendAttempts appends the attempts as encoding/json would write them, except
// that no attempts are an empty list. Written by hand because it is on the way
// of every call and reflection is most of such a row's cost; a test holds it to
// encoding/json's bytes.
func appendAttempts(dst []byte, attempts []hw.Attempt) []byte {
	dst = append(dst, '[')
	for i := range attempts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendAttempt(dst, &attempts[i])
	}
	return append(dst, ']')
}

// appendAttempt writes the fields in the order of hw.Attempt. The first has no
// comma, which is why it must stay one that is always written.
func appendAttempt(dst []byte, a *hw.Attempt) []byte {
	dst = appendFloat(append(dst, `{"start_ms":`...), a.StartMs)
	dst = appendOptionalFloat(dst, `,"connect_ms":`, a.ConnectMs)
	dst = appendOptionalFloat(dst, `,"head_ms":`, a.HeadMs)
	dst = appendOptionalFloat(dst, `,"first_byte_ms":`, a.FirstByteMs)
	dst = appendFloat(append(dst, `,"total_ms":`...), a.TotalMs)
	dst = strconv.AppendInt(append(dst, `,"tier":`...), int64(a.Tier), 10)
	dst = appendString(append(dst, `,"upstream":`...), a.Upstream)
	dst = appendOptionalString(dst, `,"credential":`, a.Credential)
	dst = appendString(append(dst, `,"model":`...), a.Model)
	dst = appendString(append(dst, `,"target_id":`...), a.TargetID)
	dst = appendOptionalString(dst, `,"kind":`, a.Kind)
	if a.Hedge {
		dst = append(dst, `,"hedge":true`...)
	}
	if a.Copy {
		dst = append(dst, `,"copy":true`...)
	}
	dst = appendOptionalString(dst, `,"drill":`, a.Drill)
	if a.Status != 0 {
		dst = strconv.AppendInt(append(dst, `,"status":`...), int64(a.Status), 10)
	}
	dst = appendString(append(dst, `,"class":`...), string(a.Class))
	dst = appendOptionalString(dst, `,"cause":`, a.Cause)
	if a.Probe {
		dst = append(dst, `,"probe":true`...)
	}
	if a.Tokens != nil {
		dst = appendTokens(append(dst, `,"tokens":`...), a.Tokens)
	}
	dst = appendOptionalFloat(dst, `,"cost_usd":`, a.CostUSD)
	if a.Price != nil {
		dst = appendPrice(append(dst, `,"price":`...), a.Price)
	}
	return append(dst, '}')
}

func appendTokens(dst []byte, t *hw.Tokens) []byte {
	dst = strconv.AppendInt(append(dst, `{"in":`...), t.In, 10)
	dst = strconv.AppendInt(append(dst, `,"out":`...), t.Out, 10)
	dst = appendOptionalInt(dst, `,"cached_in":`, t.CachedIn)
	dst = appendOptionalInt(dst, `,"cache_write":`, t.CacheWrite)
	dst = appendOptionalInt(dst, `,"reasoning":`, t.Reasoning)
	dst = appendOptionalInt(dst, `,"audio_in":`, t.AudioIn)
	dst = appendOptionalInt(dst, `,"audio_out":`, t.AudioOut)
	dst = appendOptionalInt(dst, `,"image_in":`, t.ImageIn)
	dst = appendOptionalInt(dst, `,"image_out":`, t.ImageOut)
	dst = appendOptionalFloat(dst, `,"seconds":`, t.Seconds)
	if t.Estimated {
		dst = append(dst, `,"estimated":true`...)
	}
	return append(dst, '}')
}

func appendPrice(dst []byte, p *hw.Price) []byte {
	dst = appendFloat(append(dst, `{"input":`...), p.Input)
	dst = appendFloat(append(dst, `,"output":`...), p.Output)
	dst = appendOptionalFloat(dst, `,"cache_read":`, p.CacheRead)
	dst = appendOptionalFloat(dst, `,"cache_write":`, p.CacheWrite)
	dst = appendOptionalFloat(dst, `,"reasoning":`, p.Reasoning)
	dst = appendOptionalFloat(dst, `,"input_audio":`, p.InputAudio)
	dst = appendOptionalFloat(dst, `,"output_audio":`, p.OutputAudio)
	return append(dst, '}')
}

func appendOptionalInt(dst []byte, name string, n int64) []byte {
	if n == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, name...), n, 10)
}

func appendOptionalFloat(dst []byte, name string, f float64) []byte {
	if f == 0 {
		return dst
	}
	return appendFloat(append(dst, name...), f)
}

func appendOptionalString(dst []byte, name, s string) []byte {
	if s == "" {
		return dst
	}
	return appendString(append(dst, name...), s)
}

// appendFloat writes a number as encoding/json does: like ECMAScript, without
// the exponent where it is short. What is no number becomes 0.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	dst = strconv.AppendFloat(dst, f, format, -1, 64)
	if n := len(dst); format == 'e' && n >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1] // e-09 is written e-9
		dst = dst[:n-1]
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// appendString quotes a text as encoding/json does with HTML escaping.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if plain(c) {
				i++
				continue
			}
			dst = appendEscape(append(dst, s[from:i]...), c)
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[from:i]...), `\ufffd`...)
			from = i + size
		case r == '\u2028' || r == '\u2029': // line ends to JavaScript
			dst = append(append(dst, s[from:i]...), `\u202`...)
			dst = append(dst, hexDigits[r&0xF])
			from = i + size
		}
		i += size
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// plain reports whether an ASCII byte stands for itself.
func plain(c byte) bool {
	return c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
}
