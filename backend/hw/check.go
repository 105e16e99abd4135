package hw

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// checker collects problems with their field paths, so that Validate methods
// read as a list of rules.
type checker struct{ problems []Problem }

func (c *checker) add(field, format string, args ...any) {
	c.problems = append(c.problems, Problem{Field: field, Text: fmt.Sprintf(format, args...)})
}

// name checks an identifying name: what people type in commands and see in URLs.
func (c *checker) name(field, value string) {
	if !nameRule.MatchString(value) {
		c.add(field, "must be 1 to 64 characters of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit")
	}
}

// model checks a route or model name: the vendors' own alphabet.
func (c *checker) model(field, value string) {
	if !modelRule.MatchString(value) {
		c.add(field, "must be 1 to 200 characters of letters, digits and '. _ : / @ + -', beginning with a letter or digit")
	}
}

func (c *checker) oneOf(field, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		c.add(field, "must be one of %s", strings.Join(allowed, ", "))
	}
}

func (c *checker) text(field, value string, limit int) {
	if !utf8.ValidString(value) || utf8.RuneCountInString(value) > limit {
		c.add(field, "must be valid text of at most %d characters", limit)
	}
}

// between checks a number; zero stands for the default and passes.
func (c *checker) between(field string, value, low, high int64) {
	if value != 0 && (value < low || value > high) {
		c.add(field, "must be between %d and %d, or 0 for the default", low, high)
	}
}

// baseURL checks an upstream address; empty stands for the provider's own.
func (c *checker) baseURL(field, value string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		c.add(field, "must be a URL such as https://api.example.com/v1")
	case u.User != nil:
		c.add(field, "must not contain a user name or password; put the key into a credential")
	case u.RawQuery != "" && !versionRule.MatchString(u.RawQuery) || u.Fragment != "":
		c.add(field, "must not contain a query other than api-version, or a fragment")
	}
}

var (
	nameRule   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	headerRule = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$`)
	modelRule  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$`)
	// versionRule is the one query that a base URL may have: Azure wants it with
	// every request.
	versionRule = regexp.MustCompile(`^api-version=[A-Za-z0-9.-]{1,64}$`)
	sha256Rule  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)
