package engine

import (
	"strings"
	"testing"
)

func TestSamples(t *testing.T) {
	rows := []struct{ name, page, want string }{
		{"a bare sample", "up 1\n", "up=1"},
		{"labels, a time and Windows line ends", "a{x=\"1\",y=\"2\"} 2.5 1790000000000\r\n", "a=2.5"},
		{"braces and quotes within a label", "a{x=\"}\\\"} 9\"} 3\n", "a=3"},
		{"spaces and tabs", "  a \t{x=\"1\"}\t 4\n", "a=4"},
		{"an exemplar", "a_bucket{le=\"1\"} 5 # {id=\"7\"} 0.1\n", "a_bucket=5"},
		{"comments and empty lines", "# HELP a text\n# TYPE a gauge\n\n   \na 6\n", "a=6"},
		{"numbers that are none", "a NaN\nb +Inf\nc -Inf\n", "a=NaN b=+Inf c=-Inf"},
		{"a line that was cut off", "a 7\nb 12", "a=7"},
		{"lines that are no samples", "a\na \n{x=\"1\"} 1\na{x=\"1\" 1\na{x=\"1\"}\na one\na 1e999\nb 8\n", "b=8"},
		{"nothing", "", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := told(row.page); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
	t.Run("may be left early and walked again", func(t *testing.T) {
		walk := samples([]byte("a 1\nb 2\n"))
		for range 2 {
			for name := range walk {
				if name != "a" {
					t.Errorf("began with %q", name)
				}
				break
			}
		}
	})
}

// told is a page's samples as text.
func told(page string) string {
	var all []string
	for name, value := range samples([]byte(page)) {
		all = append(all, name+"="+text(value))
	}
	return strings.Join(all, " ")
}
