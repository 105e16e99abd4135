package calllog

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("CALLLOG_TEST_VICTIM"); dir != "" {
		victim(dir)
	}
	goleak.VerifyTestMain(m)
}

// idAt is an id as made at a moment; n tells ids of one moment apart.
func idAt(t time.Time, n int) string {
	var id [16]byte
	ms := t.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)) & 0xff)
	}
	id[6], id[7], id[8] = 0x70|byte(n>>8&0x0f), byte(n&0xff), 0x80
	return "req_" + hex.EncodeToString(id[:])
}

func callAt(t time.Time, n int) *hw.Call {
	return &hw.Call{ID: idAt(t, n), StartedAt: t.UTC(), Status: 200, Attempts: []hw.Attempt{}}
}

// fullCall has something in every field.
func fullCall(t time.Time) *hw.Call {
	return &hw.Call{
		ID: idAt(t, 1), StartedAt: t.UTC(), Tenant: "acme", App: "crm", KeyID: "key_1", Client: "10.0.0.1",
		Dialect: "openai", Endpoint: "chat", Asked: "gpt-4o", Route: "smart", Stream: true,
		Upstream: "openai", Model: "gpt-4o-2024", Tier: 2, Status: 502, Code: hw.CodeStreamInterrupted,
		Error: "The answer broke off.", Interrupted: true, TokensIn: 12, TokensOut: 1 << 40, TokensCached: 3, TokensEstimated: true, CostUSD: 0.25,
		BytesIn: 100, BytesOut: 2000, FirstByteMs: 12.25, TotalMs: 99.5, Dropped: "logit_bias",
		Attempts: []hw.Attempt{
			{StartMs: 0.5, ConnectMs: 1, HeadMs: 2, FirstByteMs: 3, TotalMs: 4, Tier: 1, Upstream: "azure", Credential: "a", Model: "m", TargetID: "t1", Status: 503, Class: hw.ClassOverloaded, Cause: "busy", Probe: true},
			{StartMs: 5, TotalMs: 90, Tier: 2, Upstream: "openai", Model: "gpt-4o-2024", TargetID: "t2", Class: hw.ClassFailed, Tokens: &hw.Tokens{In: 12, Out: 1 << 40, AudioIn: 4, Estimated: true}, CostUSD: 0.25},
		},
	}
}

// open makes a log that is closed when the test ends.
func open(t *testing.T, c Config) *Log {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.RetentionDays == nil { // the tests' own calls are of a fixed day
		c.RetentionDays = forTenYears
	}
	l, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return l
}

func forTenYears() int { return 3650 }

// run runs the log until stop is called, which reports Run's error.
func run(t *testing.T, l *Log) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	once := sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = once() })
	return once
}

// store writes calls and returns when they are on disk.
func store(t *testing.T, l *Log, calls ...*hw.Call) {
	t.Helper()
	for _, c := range calls {
		l.enqueue(c)
	}
	rest, err := l.write(t.Context(), l.take())
	l.giveBack(rest)
	if err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, l *Log, f Filter) Page {
	t.Helper()
	p, err := l.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ids(calls []*hw.Call) []string {
	out := make([]string, len(calls))
	for i, c := range calls {
		out[i] = c.ID
	}
	return out
}

func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

func TestRoundTrip(t *testing.T) {
	l := open(t, Config{})
	full, bare := fullCall(noon()), callAt(noon().Add(time.Second), 2)
	store(t, l, full, bare)
	for _, want := range []*hw.Call{full, bare} {
		got, err := l.Show(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	if got := list(t, l, Filter{}).Calls; cmp.Diff([]*hw.Call{bare, full}, got) != "" {
		t.Errorf("got %v", ids(got))
	}
	if _, err := l.Show(t.Context(), strings.ToUpper(full.ID[:4])+full.ID[4:]); err != nil {
		t.Errorf("an id in upper case: %v", err)
	}
}

func TestShow(t *testing.T) {
	l := open(t, Config{})
	midnight := noon().Truncate(24 * time.Hour)
	// The id is made before the head was read: over midnight it is of the day before.
	late := callAt(midnight.Add(time.Millisecond), 1)
	late.ID = idAt(midnight.Add(-time.Millisecond), 1)
	jumped := callAt(noon().AddDate(0, 0, -20), 1)
	jumped.ID = idAt(noon(), 77)
	store(t, l, jumped, late, callAt(noon(), 3))
	for _, c := range []*hw.Call{late, jumped} {
		if got, err := l.Show(t.Context(), c.ID); err != nil || got.ID != c.ID {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
	for _, id := range []string{"", "req_1", idAt(noon(), 4), "req_" + strings.Repeat("f", 32), "key_" + strings.Repeat("7", 32), "'; DROP TABLE call"} {
		if _, err := l.Show(t.Context(), id); hw.CodeOf(err) != hw.CodeNotFound {
			t.Errorf("%q: got %v", id, err)
		}
	}
}

func TestKeysThatAreTaken(t *testing.T) {
	l := open(t, Config{})
	var calls []*hw.Call
	for i := range seqTries + 2 {
		c := callAt(noon(), 5)
		c.ID = c.ID[:20] + fmt.Sprintf("%015x", i) + "0" // differs in what the key leaves out
		calls = append(calls, c)
	}
	store(t, l, calls...)
	if s := l.Stats(); s.Written != seqTries || s.Dropped != 2 {
		t.Errorf("got %+v", s)
	}
	for _, c := range calls[:seqTries] {
		if got, err := l.Show(t.Context(), c.ID); err != nil || got.ID != c.ID {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
	p := list(t, l, Filter{Limit: 3})
	if next := list(t, l, Filter{Limit: 100, Cursor: p.Next}); len(next.Calls) != seqTries-3 {
		t.Errorf("paging lost or repeated rows: %d", len(next.Calls))
	}
}

func TestForeignIDs(t *testing.T) {
	l := open(t, Config{})
	c := callAt(noon(), 1)
	c.ID = "something else"
	none := &hw.Call{Status: 499}
	store(t, l, c, none)
	if got := list(t, l, Filter{}).Calls; len(got) != 2 || got[1].ID != c.ID || time.Since(got[0].StartedAt) > time.Hour {
		t.Errorf("got %v", ids(got))
	}
}

func TestPaging(t *testing.T) {
	l := open(t, Config{})
	var want []string
	for i := range 25 { // over two midnights, recorded in disorder
		at := noon().Add(time.Duration(i*100) * time.Minute)
		want = append(want, idAt(at, i))
		l.enqueue(callAt(at, i))
	}
	slices.Reverse(l.pending)
	store(t, l)
	slices.Reverse(want)
	for _, limit := range []int{1, 2, 7, 24, 25, 26} {
		var got []string
		f := Filter{Limit: limit}
		for pages := 0; ; pages++ {
			p := list(t, l, f)
			if len(p.Calls) > limit || pages > 26 {
				t.Fatalf("limit %d: page %d has %d calls", limit, pages, len(p.Calls))
			}
			got = append(got, ids(p.Calls)...)
			if f.Cursor = p.Next; f.Cursor == "" {
				break
			}
			// What comes in meanwhile is above and disturbs nothing.
			store(t, l, callAt(noon().AddDate(0, 0, 5).Add(time.Duration(limit*30+pages)*time.Second), pages))
		}
		got = slices.DeleteFunc(got, func(id string) bool { return !slices.Contains(want, id) })
		if !slices.Equal(got, want) {
			t.Errorf("limit %d: got %v", limit, got)
		}
	}
}

func TestFilters(t *testing.T) {
	l := open(t, Config{})
	full := fullCall(noon()) // 502, acme/crm, azure then openai
	ok := callAt(noon().Add(time.Minute), 1)
	ok.Tenant, ok.App, ok.Asked, ok.Model, ok.Upstream = "globex", "bot", "llama_3%", "gpt-4o-2024", "local"
	missing := callAt(noon().Add(24*time.Hour), 2)
	missing.Status, missing.Code, missing.Error, missing.Asked = 404, hw.CodeUnknownModel, `No "Model" a\b`, "gpt-9"
	cut := callAt(noon().Add(25*time.Hour), 3)
	cut.Interrupted, cut.KeyID = true, "key_9"
	store(t, l, full, ok, missing, cut)
	for _, row := range []struct {
		why  string
		f    Filter
		want []*hw.Call
	}{
		{"everything", Filter{}, []*hw.Call{cut, missing, ok, full}},
		{"since is in", Filter{Since: ok.StartedAt}, []*hw.Call{cut, missing, ok}},
		{"until is out", Filter{Until: ok.StartedAt}, []*hw.Call{full}},
		{"an hour", Filter{Since: missing.StartedAt.Add(-time.Hour), Until: missing.StartedAt.Add(time.Hour)}, []*hw.Call{missing}},
		{"bounds nobody can store", Filter{Since: time.Unix(-1<<40, 0), Until: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, []*hw.Call{cut, missing, ok, full}},
		{"a status", Filter{Status: 404}, []*hw.Call{missing}},
		{"a class", Filter{StatusClass: 2}, []*hw.Call{cut, ok}},
		{"errors, interrupted ones too", Filter{Errors: true}, []*hw.Call{cut, missing, full}},
		{"a code", Filter{Code: hw.CodeUnknownModel}, []*hw.Call{missing}},
		{"tenant and app", Filter{Tenant: "acme", App: "crm"}, []*hw.Call{full}},
		{"tenant of another's app", Filter{Tenant: "acme", App: "bot"}, nil},
		{"a key", Filter{Key: "key_9"}, []*hw.Call{cut}},
		{"a route", Filter{Route: "smart"}, []*hw.Call{full}},
		{"model as answered or asked", Filter{Model: "gpt-4o-2024"}, []*hw.Call{ok, full}},
		{"model as asked", Filter{Model: "gpt-9"}, []*hw.Call{missing}},
		{"upstream that answered", Filter{Upstream: "local"}, []*hw.Call{ok}},
		{"upstream that was tried", Filter{Upstream: "azure"}, []*hw.Call{full}},
		{"upstream is no prefix", Filter{Upstream: "azur"}, nil},
		{"text in the error, any case", Filter{Text: `no "model" A\B`}, []*hw.Call{missing}},
		{"text in the model", Filter{Text: "PT-"}, []*hw.Call{missing, full}},
		{"text in the id", Filter{Text: cut.ID[8:]}, []*hw.Call{cut}},
		{"text is no pattern", Filter{Text: "%"}, []*hw.Call{ok}},
		{"text is no pattern either", Filter{Text: "gpt_4"}, nil},
		{"text is no SQL", Filter{Text: "' OR 1=1 --", Tenant: "' OR 1=1 --", Upstream: "' OR 1=1 --"}, nil},
	} {
		t.Run(row.why, func(t *testing.T) {
			if got := list(t, l, row.f).Calls; !slices.Equal(ids(got), ids(row.want)) {
				t.Errorf("got %v, want %v", ids(got), ids(row.want))
			}
			var b strings.Builder
			n, err := l.Export(t.Context(), &b, row.f)
			if err != nil || n != int64(len(row.want)) || strings.Count(b.String(), "\n") != len(row.want) {
				t.Errorf("exported %d, %v", n, err)
			}
		})
	}
	for _, f := range []Filter{{Limit: -1}, {Limit: 501}, {Cursor: "x"}, {Cursor: "20260304-"}, {StatusClass: 10}, {Text: strings.Repeat("x", 201)}, {Since: noon(), Until: noon().Add(-1)}} {
		if _, err := l.List(t.Context(), f); hw.CodeOf(err) != hw.CodeBadRequest {
			t.Errorf("%+v: got %v", f, err)
		}
	}
}

func TestListOutOfTime(t *testing.T) {
	full := search{filter: &Filter{}, want: 3}
	if _, err := full.outOfTime(); hw.CodeOf(err) != hw.CodeUnavailable {
		t.Errorf("a search without progress: %v", err)
	}
	full.advanced, full.from = true, cursor{20260304, 77}
	if p, err := full.outOfTime(); err != nil || !p.Partial || p.Next != "20260304-4d" {
		t.Errorf("got %+v, %v", p, err)
	}
	l := open(t, Config{})
	store(t, l, callAt(noon(), 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.List(ctx, Filter{}); err == nil {
		t.Error("a cancelled question was answered")
	}
}

func TestExport(t *testing.T) {
	l := open(t, Config{})
	const n = exportRows + 7
	for i := range n {
		l.enqueue(callAt(noon().Add(time.Duration(i)*time.Minute), i))
	}
	store(t, l)
	var b strings.Builder
	rows, err := l.Export(t.Context(), &b, Filter{Limit: 3, Cursor: "nonsense"})
	if err != nil || rows != n {
		t.Fatal(rows, err)
	}
	last := ""
	for line := range strings.Lines(b.String()) {
		var c hw.Call
		if err := json.Unmarshal([]byte(line), &c); err != nil || c.ID <= last {
			t.Fatalf("%s after %s, %v", c.ID, last, err)
		}
		last = c.ID
	}
	if _, err := l.Export(t.Context(), brokenPipe{}, Filter{}); err == nil {
		t.Error("a broken pipe was no error")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// heard is a Publisher that counts.
type heard struct {
	mu    sync.Mutex
	calls []*hw.Call
}

func (h *heard) Publish(topic hw.Topic, data any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c, ok := data.(*hw.Call); ok && topic == hw.TopicCalls {
		h.calls = append(h.calls, c)
	}
}

func TestQueue(t *testing.T) {
	t.Run("a full queue drops and counts, and followers still hear", func(t *testing.T) {
		h := &heard{}
		l := open(t, Config{Bus: h})
		c := callAt(noon(), 1)
		for range queueRows + 10 {
			l.Record(c)
		}
		if l.Dropped() != 10 || l.Stats().Queued != queueRows || len(h.calls) != queueRows+10 {
			t.Errorf("got %+v, heard %d", l.Stats(), len(h.calls))
		}
	})
	t.Run("a batch is committed after 200 ms, or at 500 rows", func(t *testing.T) {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			l := open(t, Config{Dir: dir})
			stop := run(t, l)
			l.Record(callAt(noon(), 0))
			time.Sleep(199 * time.Millisecond)
			synctest.Wait()
			if l.Stats().Written != 0 {
				t.Error("too early")
			}
			time.Sleep(2 * time.Millisecond)
			synctest.Wait()
			if l.Stats().Written != 1 {
				t.Error("too late")
			}
			for i := range batchRows {
				l.Record(callAt(noon().Add(time.Second), i))
			}
			synctest.Wait()
			if s := l.Stats(); s.Written != batchRows+1 || s.Queued != 0 {
				t.Errorf("a full batch waited: %+v", s)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("the end of Run writes the rest", func(t *testing.T) {
		l := open(t, Config{})
		stop := run(t, l)
		for i := range 1234 {
			l.Record(callAt(noon(), i))
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		l.Record(callAt(noon(), 4000))
		if s := l.Stats(); s.Written != 1234 || s.Queued != 0 || s.Dropped != 1 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestRetention(t *testing.T) {
	dir := t.TempDir()
	first := open(t, Config{Dir: dir})
	today := time.Now().UTC()
	for back := range 6 {
		store(t, first, callAt(today.AddDate(0, 0, -back), 1))
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for _, extra := range []string{"calls-20200101.db.damaged", "calls-20200101.db.damaged-wal", "calls-backup.db", "headwater.db", "calls-20200101.txt"} {
		if err := os.WriteFile(filepath.Join(dir, extra), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, Config{Dir: dir, RetentionDays: func() int { return 2 }})
	// A late call keeps its day open: it must not be deleted under the writer.
	store(t, l, callAt(today.AddDate(0, 0, -5), 2))
	l.tidy() // closes what is old, then deletes it
	if got, _ := daysIn(dir); !slices.Equal(got, []day{dayOf(today.AddDate(0, 0, -2)), dayOf(today.AddDate(0, 0, -1)), dayOf(today)}) {
		t.Errorf("kept %v", got)
	}
	var names []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "calls-2026") && !strings.Contains(e.Name(), strconv.Itoa(today.Year())) {
			names = append(names, e.Name())
		}
	}
	if !slices.Equal(names, []string{"calls-20200101.txt", "calls-backup.db", "headwater.db"}) {
		t.Errorf("left %v", names)
	}
	if removed, err := removeBefore(dir, dayOf(today).add(1), func(day) bool { return true }); removed != 0 || err != nil {
		t.Errorf("removed %d open files, %v", removed, err)
	}
}

func TestDays(t *testing.T) {
	if d := day(20260301).add(-1); d != 20260228 {
		t.Errorf("got %d", d)
	}
	seq, ok := seqOf(idAt(noon(), 0x123))
	if !ok || dayOfSeq(seq) != 20260304 || seq>>seqSpare != noon().UnixMilli()<<seqOrder|0x123 {
		t.Errorf("got %x %v", seq, ok)
	}
	previous := int64(0)
	for range 1000 {
		id := hw.NewID(hw.PrefixCall)
		seq, ok := seqOf(id)
		if !ok || seq <= previous {
			t.Fatalf("key %x of %s does not follow %x", seq, id, previous)
		}
		previous = seq
	}
	for _, name := range []string{"calls-20261301.db", "calls-2026030.db", "calls-+2026030.db", "calls-.db", "xcalls-20260304.db"} {
		if d, _, ok := dayOfFile(name); ok {
			t.Errorf("%s was read as %d", name, d)
		}
	}
}
