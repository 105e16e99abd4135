package catalog

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"headwater/backend/hw"
)

// The bounds of a file that is brought.
const (
	// MaxFile bounds the file as it comes, maxUnpacked what it unpacks to.
	MaxFile     = 16 << 20
	maxUnpacked = 64 << 20
	// A few bytes of JSON can make a large value, so the parts are bounded too.
	maxFileModels    = 100_000
	maxFileProviders = 2_000
	maxModelBytes    = 64 << 10
	maxSkipped       = 200
)

// File is a file of facts that has been read: what it changes is for Diff to
// say.
type File struct {
	// Facts is what is known once the file is in force.
	Facts *Catalog
	// Doc describes the file; Packed is how it is kept.
	Doc    hw.CatalogFile
	Packed []byte
	// Skipped is what was not understood, SkippedMore counts what is not listed.
	Skipped     []hw.CatalogSkip
	SkippedMore int
	// spoken are the providers that it speaks of.
	spoken map[string]bool
}

// Read reads a file in one of the known layouts, plain or gzipped, and lays it
// over the box. Errors are *hw.Error and say what is wrong with the file.
func (c *Catalog) Read(data []byte) (*File, error) {
	text, err := unpack(data)
	if err != nil {
		return nil, err
	}
	top := map[string]json.RawMessage{}
	err = members(text, func(name string, value json.RawMessage) error {
		if top[name] = value; len(top) > maxFileProviders {
			return hw.Errorf(hw.CodeTooLarge, "The file has more than %d providers.", maxFileProviders).At("file")
		}
		return nil
	})
	if _, ours := errors.AsType[*hw.Error](err); ours {
		return nil, err
	}
	if err != nil {
		return nil, unreadable(text, err)
	}
	r := &reader{box: c, dialects: c.Dialects(), models: map[string][]hw.CatalogModel{}, file: &File{spoken: map[string]bool{}}}
	read := r.modelsDev
	r.file.Doc.Layout = hw.LayoutModelsDev
	if _, ours := top["format"]; ours {
		read = r.ours
		r.file.Doc.Layout = hw.LayoutHeadwater
	}
	if err := read(top); err != nil {
		return nil, err
	}
	if r.count == 0 {
		return nil, wrong("There are no models in this file that Headwater understands%s.", r.firstSkip())
	}
	return r.done()
}

// unpack undoes gzip and holds the bounds.
func unpack(data []byte) ([]byte, error) {
	if len(data) > MaxFile {
		return nil, hw.Errorf(hw.CodeTooLarge, "A catalogue file may have at most %d MiB.", MaxFile>>20).At("file")
	}
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, nil
	}
	unzip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, wrong("The file begins like gzip and is none.").Because(err)
	}
	text, err := io.ReadAll(io.LimitReader(unzip, maxUnpacked+1))
	if len(text) > maxUnpacked {
		return nil, hw.Errorf(hw.CodeTooLarge, "The file unpacks to more than %d MiB.", maxUnpacked>>20).At("file")
	}
	if err != nil {
		return nil, wrong("The file is damaged: it cannot be unpacked to its end.").Because(err)
	}
	return text, nil
}

func wrong(format string, args ...any) *hw.Error {
	e := hw.Errorf(hw.CodeInvalid, format, args...).At("file")
	e.Hint = "Bring a file in Headwater's own layout, or the api.json of models.dev; plain or gzipped."
	return e
}

// unreadable says where a text stops being JSON, or what else it looks like.
func unreadable(text []byte, err error) error {
	start := bytes.TrimSpace(text)
	switch {
	case len(start) == 0:
		return wrong("The file is empty.").Because(err)
	case start[0] == '<':
		return wrong("The file is a web page, not a catalogue.").Because(err)
	case start[0] != '{':
		return wrong("The file is not a JSON object.").Because(err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return wrong("The file ends in the middle, after %d bytes.", len(text)).Because(err)
	}
	if at, ok := errors.AsType[*json.SyntaxError](err); ok {
		return wrong("The file is not valid JSON: something is wrong at byte %d of %d.", at.Offset, len(text)).Because(err)
	}
	return wrong("The file is not a JSON object.").Because(err)
}

// reader is the state of one Read.
type reader struct {
	box      *Catalog
	dialects map[string]bool
	file     *File
	// providers are those that the box does not have.
	providers []hw.Provider
	models    map[string][]hw.CatalogModel
	count     int
	newest    string
}

// skip notes what is left out.
func (r *reader) skip(provider, model, format string, args ...any) {
	if len(r.file.Skipped) >= maxSkipped {
		r.file.SkippedMore++
		return
	}
	r.file.Skipped = append(r.file.Skipped, hw.CatalogSkip{Provider: bounded(provider), Model: bounded(model), Why: bounded(fmt.Sprintf(format, args...))})
}

func (r *reader) firstSkip() string {
	if len(r.file.Skipped) == 0 {
		return ""
	}
	s := r.file.Skipped[0]
	return fmt.Sprintf(" (%s %s: %s)", s.Provider, s.Model, s.Why)
}

// ours reads our own layout.
func (r *reader) ours(top map[string]json.RawMessage) error {
	var format int
	if json.Unmarshal(top["format"], &format) != nil || format != formatModels {
		return wrong("The file says format %.20s; this program knows format %d.", top["format"], formatModels)
	}
	var asOf string
	if json.Unmarshal(top["as_of"], &asOf) != nil || !isDay(asOf) {
		return wrong("The file does not say of which day its facts are: as_of must be like 2026-11-22.")
	}
	r.newest = asOf
	if err := r.ourProviders(top["providers"]); err != nil {
		return err
	}
	count := 0
	err := members(top["models"], func(id string, list json.RawMessage) error {
		if count++; count > maxFileProviders {
			return errTooMany
		}
		if !r.knows(id) {
			return nil
		}
		return r.shelf(id, func(each func(json.RawMessage) error) error { return elements(list, each) }, readOurs)
	})
	if _, ours := errors.AsType[*hw.Error](err); err != nil && !ours {
		return wrong("The models of the file must be an object with one list for each provider.").Because(err)
	}
	return err
}

// ourProviders reads the providers of our own layout, which it may lack.
func (r *reader) ourProviders(raw json.RawMessage) error {
	if raw == nil {
		return nil
	}
	count := 0
	err := elements(raw, func(one json.RawMessage) error {
		var p hw.Provider
		if count++; count > maxFileProviders {
			return errTooMany
		}
		if len(one) > maxModelBytes || json.Unmarshal(one, &p) != nil {
			r.skip("", "", "a provider is not in our form")
			return nil //nolint:nilerr // it is named, and left out
		}
		r.provider(p)
		return nil
	})
	if err != nil {
		return wrong("The providers of the file must be a list of at most %d.", maxFileProviders).Because(err)
	}
	return nil
}

func readOurs(raw json.RawMessage) (m hw.CatalogModel, err error) {
	err = json.Unmarshal(raw, &m)
	return m, err
}

// knows reports whether models of a provider can be kept, and notes why not.
func (r *reader) knows(id string) bool {
	if _, known := r.box.byID[id]; known {
		return true
	}
	if slices.ContainsFunc(r.providers, func(p hw.Provider) bool { return p.ID == id }) {
		return true
	}
	if !slices.ContainsFunc(r.file.Skipped, func(s hw.CatalogSkip) bool { return s.Provider == id && s.Model == "" }) {
		r.skip(id, "", "this program does not know the provider, and the file does not describe it")
	}
	return false
}

// shelf reads the models of one provider, which walk gives one by one.
func (r *reader) shelf(id string, walk func(each func(json.RawMessage) error) error, read func(json.RawMessage) (hw.CatalogModel, error)) error {
	if r.file.spoken[id] {
		r.skip(id, "", "the provider is there twice")
		return nil
	}
	seen := map[string]bool{}
	kept := []hw.CatalogModel{}
	err := walk(func(raw json.RawMessage) error {
		if r.count++; r.count > maxFileModels {
			return hw.Errorf(hw.CodeTooLarge, "The file has more than %d models.", maxFileModels).At("file")
		}
		if len(raw) > maxModelBytes {
			r.skip(id, "", "a model takes more than %d KiB", maxModelBytes>>10)
			return nil
		}
		m, err := read(raw)
		if err != nil {
			r.skip(id, nameIn(raw), "the model is not in a form that is known")
			return nil //nolint:nilerr // it is named, and left out
		}
		if why := r.tidy(&m); why != "" || seen[m.ID] {
			r.skip(id, m.ID, "%s", cmp.Or(why, "the model is there twice"))
			return nil
		}
		seen[m.ID] = true
		kept = append(kept, m)
		return nil
	})
	if _, ours := errors.AsType[*hw.Error](err); ours {
		return err
	}
	if err != nil {
		r.skip(id, "", "its models are not a list")
		return nil //nolint:nilerr // it is named, and left out
	}
	slices.SortFunc(kept, func(a, b hw.CatalogModel) int { return cmp.Compare(a.ID, b.ID) })
	r.models[id] = kept
	r.file.spoken[id] = true
	return nil
}

// nameIn finds the name of a model that could not be read.
func nameIn(raw json.RawMessage) string {
	var head struct {
		ID any `json:"id"`
	}
	_ = json.Unmarshal(raw, &head) // a name is nice to have
	name, _ := head.ID.(string)
	return name
}

// done packs what was read, and lays it over the box.
func (r *reader) done() (*File, error) {
	kept := modelFile{Format: formatModels, AsOf: r.newest, Providers: r.providers, Models: map[string]json.RawMessage{}}
	shelves := make(map[string]*shelf, len(r.models))
	models := 0
	for id, list := range r.models {
		raw, err := json.Marshal(list)
		if err != nil {
			return nil, fmt.Errorf("packing the catalogue: %w", err)
		}
		kept.Models[id], shelves[id] = raw, &shelf{raw: raw}
		models += len(list)
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("packing the catalogue: %w", err)
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(text); err != nil {
		return nil, fmt.Errorf("packing the catalogue: %w", err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("packing the catalogue: %w", err)
	}
	f := r.file
	f.Packed = packed.Bytes()
	f.Doc.Name, f.Doc.Digest, f.Doc.AsOf = hw.CatalogFileName, digestOf(f.Packed), r.newest
	f.Doc.Providers, f.Doc.Models = len(r.models), models
	f.Facts = r.box.over(r.newest, f.Doc.Digest, r.providers, shelves)
	return f, nil
}

func digestOf(packed []byte) string {
	sum := sha256.Sum256(packed)
	return hex.EncodeToString(sum[:])
}

// kept opens what done has packed.
func (c *Catalog) kept(packed []byte, digest string) (*Catalog, error) {
	if digestOf(packed) != digest {
		return nil, errors.New("its bytes are not those that were kept")
	}
	file, err := readModels(packed)
	if err != nil {
		return nil, err
	}
	return c.over(file.AsOf, digest, file.Providers, file.shelves()), nil
}
