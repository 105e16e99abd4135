package calllog

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"headwater/backend/hw"
)

// same fails when the encoder and encoding/json disagree.
func same(t *testing.T, attempts []hw.Attempt) {
	t.Helper()
	want, err := json.Marshal(attempts)
	if err != nil {
		t.Fatal(err)
	}
	if got := appendAttempts(nil, attempts); string(got) != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// fill sets every field of a value, so that one that comes to it later is not
// forgotten by the encoder.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(t, field)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(0.15)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	default:
		t.Fatalf("the test cannot fill a %s", v.Kind())
	}
}

func TestAttemptsEqualEncodingJSON(t *testing.T) {
	same(t, []hw.Attempt{})
	var whole hw.Attempt
	fill(t, reflect.ValueOf(&whole).Elem())
	same(t, []hw.Attempt{whole, {Tokens: &hw.Tokens{}, Price: &hw.Price{}}})
	same(t, fullCall(noon()).Attempts)
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -1.5, 0.1, 1e-6, 9.99e-7, 1e-9, -1e-10, 1e-100, 1e20, 1e21, -1e300, math.MaxFloat64, math.SmallestNonzeroFloat64, 12345678.000001} {
		same(t, []hw.Attempt{{StartMs: f, ConnectMs: f, HeadMs: f, FirstByteMs: f, TotalMs: f}})
	}
	for c := range rune(0x2100) {
		same(t, []hw.Attempt{{Upstream: "a" + string(c) + "b", Cause: string(c), Class: hw.Class(c)}})
	}
	for _, s := range []string{"\xff", "a\xc3", "\xed\xa0\x80", "\xf0\x9f\x98", "😀", "\u2028\u2029", "</script>&\"\\\x00\x1f\x7f", "\ufffd"} {
		same(t, []hw.Attempt{{Upstream: s, Credential: s, Model: s, TargetID: s, Cause: s}})
	}
	for _, f := range []float64{math.NaN(), math.Inf(1)} {
		if got := string(appendFloat(nil, f)); got != "0" {
			t.Errorf("%v gave %s", f, got)
		}
	}
}

func FuzzAttempts(f *testing.F) {
	f.Add(1.5, 0.0, 3, 503, "openai", "cause <&> \u2028", true)
	f.Fuzz(func(t *testing.T, a, b float64, tier, status int, name, cause string, probe bool) {
		if math.IsNaN(a+b) || math.IsInf(a+b, 0) || math.IsInf(a, 0) {
			return
		}
		one := hw.Attempt{
			StartMs: a, ConnectMs: b, HeadMs: a, FirstByteMs: b, TotalMs: a, Tier: tier, Upstream: name, Credential: cause,
			Model: name, TargetID: name, Status: status, Class: hw.Class(cause), Cause: cause, Probe: probe,
		}
		same(t, []hw.Attempt{one, {}, one})
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add("20260304-4d")
	f.Add("20260304--1")
	f.Add("20260304-ffffffffffffffff")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			if hw.CodeOf(err) != hw.CodeBadRequest {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if again, err := parseCursor(c.String()); err != nil || again != c {
			t.Errorf("%q: %v is not %v, %v", text, again, c, err)
		}
	})
}
