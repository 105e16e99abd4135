package catalog

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"headwater/backend/hw"
)

// The bounds of what a file may say of one model.
const (
	maxTokens = 100_000_000
	maxPrice  = 1_000_000
	maxWords  = 200
)

var (
	providerRule = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	headerRule   = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	schemeRule   = regexp.MustCompile(`^[A-Za-z0-9-]{0,32}$`)
	dayRule      = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
	dateRule     = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2})?)?$`)
)

func isDay(text string) bool { return dayRule.MatchString(text) }

// bounded is text that came from outside, cut to what people read.
func bounded(text string) string {
	text = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text), "")
	if runes := []rune(text); len(runes) > maxWords {
		return string(runes[:maxWords])
	}
	return text
}

// tidy brings a model of a file to the form that ours have, and says why it
// cannot be kept; empty when it can. What is only not understood is left out.
func (r *reader) tidy(m *hw.CatalogModel) string {
	if why := impossible(m); why != "" {
		return why
	}
	m.Name, m.Family = bounded(m.Name), bounded(m.Family)
	m.Kind = word(m.Kind, hw.ModelKinds(), hw.ModelChat)
	m.Status = word(m.Status, hw.ModelStages(), hw.ModelActive)
	m.In, m.Out = contents(m.In), contents(m.Out)
	for _, date := range []*string{&m.Knowledge, &m.Released, &m.Updated} {
		if !dateRule.MatchString(*date) {
			*date = ""
		}
	}
	if !r.dialects[m.Dialect] {
		m.Dialect = ""
	}
	if len(m.Tiers) > 8 {
		m.Tiers = m.Tiers[:8]
	}
	return ""
}

// impossible says what of a model cannot be.
func impossible(m *hw.CatalogModel) string {
	if !hw.IsModelName(m.ID) {
		return "the model has no name that can be used"
	}
	for _, tokens := range []int{m.Context, m.MaxInput, m.MaxOutput} {
		if tokens < 0 || tokens > maxTokens {
			return "it has a number of tokens that cannot be"
		}
	}
	if m.Price != nil && !priced(*m.Price) || slices.ContainsFunc(m.Tiers, func(t hw.PriceTier) bool { return t.AboveContext < 0 || !priced(t.Price) }) {
		return "it has a price that cannot be"
	}
	return ""
}

func priced(p hw.Price) bool {
	for _, usd := range []float64{p.Input, p.Output, p.CacheRead, p.CacheWrite, p.Reasoning, p.InputAudio, p.OutputAudio} {
		if usd < 0 || usd > maxPrice {
			return false
		}
	}
	return true
}

// word keeps one of some words; the usual one, and what is not known, is empty.
func word(text string, known []string, usual string) string {
	if text == usual || !slices.Contains(known, text) {
		return ""
	}
	return text
}

func contents(kinds []string) []string {
	kept := slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool { return !slices.Contains(hw.ModelContents(), kind) })
	slices.Sort(kept)
	return sorted(slices.Compact(kept))
}

// sorted puts kinds of content in the order in which ours are.
func sorted(kinds []string) []string {
	order := hw.ModelContents()
	slices.SortFunc(kinds, func(a, b string) int { return cmp.Compare(slices.Index(order, a), slices.Index(order, b)) })
	if len(kinds) == 0 {
		return nil
	}
	return kinds
}

// provider takes a provider that the box does not have. One that it has stays
// as this program knows it: a file must not lead keys to another address.
func (r *reader) provider(p hw.Provider) {
	if _, known := r.box.byID[p.ID]; known {
		return
	}
	if why := r.strange(&p); why != "" {
		r.skip(p.ID, "", "%s", why)
		return
	}
	if !isWeb(p.DocURL) {
		p.DocURL = "" // it becomes a link
	}
	// What may be dialled on this network, and what is practice, a file does not
	// say.
	r.providers = append(r.providers, hw.Provider{
		ID: p.ID, Name: cmp.Or(bounded(p.Name), p.ID), Dialect: p.Dialect, BaseURL: p.BaseURL, BaseTemplate: bounded(p.BaseTemplate),
		AuthHeader: p.AuthHeader, AuthScheme: p.AuthScheme, DocURL: p.DocURL,
	})
}

// strange says why a provider cannot be taken.
func (r *reader) strange(p *hw.Provider) string {
	switch {
	case !providerRule.MatchString(p.ID):
		return "the provider has no id that can be used"
	case !r.dialects[p.Dialect]:
		return fmt.Sprintf("this program does not speak the dialect %q", p.Dialect)
	case p.BaseURL == "" && p.BaseTemplate == "":
		return "the provider has no address"
	case p.BaseURL != "" && !isWeb(p.BaseURL):
		return "the provider's address is not one that can be called"
	case p.AuthHeader != "" && !headerRule.MatchString(p.AuthHeader), !schemeRule.MatchString(p.AuthScheme):
		return "the provider says in no form that is known how a key is sent"
	case slices.ContainsFunc(r.providers, func(o hw.Provider) bool { return o.ID == p.ID }):
		return "the provider is there twice"
	case len(r.providers) >= maxFileProviders:
		return "there are too many providers"
	}
	return ""
}

func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && len(address) <= 500 && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http")
}
