package hw

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

//go:generate go test -run ^TestThePageHasEverySentence$ . -update

// SaidKey names one sentence of the table; stable, and the same in every language.
type SaidKey string

// Said is one sentence of the service about an upstream, in a form that others
// can say in their own language. The English beside it is made of the same row,
// so that the two cannot drift apart.
type Said struct {
	// Key is empty where nothing is said.
	Key SaidKey `json:"key" doc:"Stable key of the sentence" example:"tls.expired"`
	// Args are what differs in the sentence, by name; nil where nothing does. They
	// may be shown: no part of a secret is in them. What a vendor says stays as it
	// came, on one line.
	Args map[string]string `json:"args,omitempty" doc:"What differs in the sentence, by name; a vendor's own words stay as they came"`
}

// Say makes a sentence. pairs are the names of its row, each followed by its value.
func Say(key SaidKey, pairs ...any) Said {
	said := Said{Key: key}
	for i := 0; i+1 < len(pairs); i += 2 {
		if said.Args == nil {
			said.Args = map[string]string{}
		}
		said.Args[fmt.Sprint(pairs[i])] = strings.Map(onOneLine, fmt.Sprint(pairs[i+1]))
	}
	return said
}

func onOneLine(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// Tell gives sentences in English and in the form for other languages, for the
// two fields of a report that stand side by side. Those that are zero are left
// out; without any it gives nothing.
func Tell(sentences ...Said) (string, []Said) {
	said := slices.DeleteFunc(slices.Clone(sentences), func(s Said) bool { return s.Key == "" })
	if len(said) == 0 {
		return "", nil
	}
	words := make([]string, 0, len(said))
	for _, s := range said {
		words = append(words, s.Words())
	}
	return strings.Join(words, " "), said
}

// Words are the sentence in English. A key that is in no table stands for itself.
func (s Said) Words() string {
	row, known := sentences[s.Key]
	if !known {
		return string(s.Key)
	}
	pairs := make([]string, 0, 2*len(s.Args))
	for name, value := range s.Args {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(row)
}

// With is the sentence with each of its arguments put through change, such as
// one that takes secrets out.
func (s Said) With(change func(string) string) Said {
	s.Args = maps.Clone(s.Args)
	for name, value := range s.Args {
		s.Args[name] = change(value)
	}
	return s
}
