package capability_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/capability"
)

const address = "https://api.example.com/v1"

var day = time.Date(2026, 11, 29, 23, 30, 0, 0, time.FixedZone("", 3600))

// record says how checks went, each as "name capability outcome".
func record(at time.Time, checks ...string) hw.CapabilityRecord {
	r := hw.CapabilityRecord{UpstreamID: "ups_1", Model: "m", Address: address, At: at}
	for _, one := range checks {
		f := strings.Fields(one)
		r.Checks = append(r.Checks, hw.CapabilityCheck{
			Name: f[0], Capability: hw.Capability(strings.Trim(f[1], "-")), Outcome: hw.CheckOutcome(f[2]), Words: "saw " + f[0],
		})
	}
	return r
}

// missing says what is missing, each as "capability check".
func missing(s *capability.Standing, at string) []string {
	var all []string
	for _, m := range s.Missing(at) {
		all = append(all, string(m.Capability)+" "+m.Check)
	}
	return all
}

func TestOnlyAFailedCheckTakesAnythingAway(t *testing.T) {
	var b capability.Book
	s := b.Of("ups_1", "m")
	if got := s.Missing(address); got != nil {
		t.Errorf("missing before anything was checked: %v", got)
	}
	b.Put(record(day,
		"plain.answer - no", "tools.one tools yes", "tools.parallel parallel_tools no", "vision.png vision unclear",
		"documents.pdf documents skipped", "json.schema schema no", "json.schema.deep schema no"))
	got := s.Missing(address)
	if words := missing(s, address); !slices.Equal(words, []string{"parallel_tools tools.parallel", "schema json.schema"}) {
		t.Fatalf("missing %v", words)
	}
	if got[0].Date() != "2026-11-29" || got[0].Words != "saw tools.parallel" || !got[0].At.Equal(day) {
		t.Errorf("%+v", got[0])
	}
}

func TestARecordOfAnotherAddressSaysNothing(t *testing.T) {
	var b capability.Book
	b.Put(record(day, "tools.one tools no"))
	s := b.Find("ups_1", "m")
	for at, want := range map[string]int{address: 1, address + "/": 1, "https://api.example.com": 0, "http://other/v1": 0, "": 0} {
		if got := len(s.Missing(at)); got != want {
			t.Errorf("at %q %d are missing, want %d", at, got, want)
		}
	}
}

func TestRecordsFollowEachOther(t *testing.T) {
	stopped := func(r hw.CapabilityRecord) hw.CapabilityRecord {
		r.Stopped = "the bound on cost"
		return r
	}
	moved := func(r hw.CapabilityRecord) hw.CapabilityRecord {
		r.Address = "http://other/v1"
		return r
	}
	first := record(day, "tools.one tools no", "vision.png vision no", "stop.one stop yes")
	for name, row := range map[string]struct {
		next hw.CapabilityRecord
		want []string
	}{
		"a newer one replaces it":                    {record(day.Add(1), "stop.one stop no"), []string{"stop stop.one"}},
		"one that showed nothing replaces it too":    {record(day.Add(1), "tools.one tools unclear"), nil},
		"an older one is left out":                   {record(day.Add(-1), "stop.one stop no"), []string{"tools tools.one", "vision vision.png"}},
		"one that ended early speaks for its checks": {stopped(record(day.Add(1), "tools.one tools yes", "vision.png vision skipped")), []string{"vision vision.png"}},
		"and also where they showed nothing":         {stopped(record(day.Add(1), "vision.png vision unclear")), []string{"tools tools.one"}},
		"but keeps nothing of another address":       {moved(stopped(record(day.Add(1), "stop.one stop no"))), nil},
	} {
		var b capability.Book
		s := b.Of("ups_1", "m")
		b.Put(first)
		b.Put(row.next)
		if got := missing(s, address); !slices.Equal(got, row.want) {
			t.Errorf("%s: missing %v, want %v", name, got, row.want)
		}
	}
}

func TestWhatWasKeptKeepsItsDate(t *testing.T) {
	var b capability.Book
	b.Put(record(day, "vision.png vision no"))
	later := record(day.AddDate(0, 0, 3), "tools.one tools no")
	later.Stopped = "the upstream broke"
	b.Put(later)
	got := b.Find("ups_1", "m").Missing(address)
	if len(got) != 2 || got[0].Date() != "2026-12-02" || got[1].Date() != "2026-11-29" {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsMissingInWords(t *testing.T) {
	missing := []capability.Missing{
		{Capability: hw.CapTools, At: day}, {Capability: hw.CapVision, At: day}, {Capability: hw.CapStop, At: day.AddDate(0, 0, 1)}, {Capability: hw.CapJSON, At: day},
	}
	if got := capability.Words(missing); got != "certified 2026-11-29 without tools, vision; 2026-11-30 without stop; 2026-11-29 without json" {
		t.Error(got)
	}
	if got := capability.Words(capability.Of(missing, []hw.Capability{hw.CapVision, hw.CapReasoning})); got != "certified 2026-11-29 without vision" {
		t.Error(got)
	}
	if got := capability.Of(missing, nil); got != nil {
		t.Errorf("a call without needs: %v", got)
	}
}

func TestWhoWasFoundToAnswer(t *testing.T) {
	for name, row := range map[string]struct {
		records []hw.CapabilityRecord
		since   time.Time
	}{
		"plain and as a stream": {[]hw.CapabilityRecord{record(day, "plain.answer - yes", "stream.answer stream yes", "tools.call tools no")}, day},
		"no stream":             {[]hw.CapabilityRecord{record(day, "plain.answer - yes", "stream.answer stream no")}, time.Time{}},
		"nothing was shown":     {[]hw.CapabilityRecord{record(day, "plain.answer - yes", "stream.answer stream unclear")}, time.Time{}},
		"numbers":               {[]hw.CapabilityRecord{record(day, "embeddings.answer embeddings yes")}, time.Time{}},
		"half of it anew": {func() []hw.CapabilityRecord {
			later := record(day.AddDate(0, 1, 0), "plain.answer - yes")
			later.Stopped = "the bound on cost"
			return []hw.CapabilityRecord{record(day, "plain.answer - yes", "stream.answer stream yes"), later}
		}(), day},
	} {
		var b capability.Book
		for _, r := range row.records {
			r.Provider = "openai"
			b.Put(r)
		}
		got := b.Live()
		if row.since.IsZero() {
			if len(got) != 0 {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if len(got) != 1 || got[0] != (capability.Live{Provider: "openai", Address: address, At: row.since}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTheBookForgetsWhatIsNotThere(t *testing.T) {
	var b capability.Book
	used, idle := b.Of("ups_1", "used"), b.Of("ups_1", "idle")
	b.Put(record(day, "tools.one tools no"))
	gone := record(day, "tools.one tools no")
	gone.UpstreamID = "ups_2"
	b.Put(gone)
	b.Keep(func(id string) bool { return id == "ups_1" }, func(_, model string) bool { return model == "used" })
	if b.Find("ups_1", "used") != used || b.Find("ups_1", "idle") != nil || idle == nil {
		t.Error("what is pointed to stays, what is not goes")
	}
	if b.Find("ups_1", "m").Missing(address) == nil || b.Find("ups_2", "m") != nil {
		t.Error("what is known stays as long as its upstream does")
	}
}

func TestTheBookIsBounded(t *testing.T) {
	var b capability.Book
	n := 0
	for ; n < 20_000 && b.Of("ups_1", fmt.Sprint(n)) != nil; n++ {
	}
	if n != 10_000 {
		t.Fatalf("it holds %d", n)
	}
	r := record(day, "tools.one tools no")
	b.Put(r)
	if b.Find("ups_1", "m").Missing(address) != nil {
		t.Error("a full book learns of new models")
	}
	r.Model = "5"
	b.Put(r)
	if b.Find("ups_1", "5").Missing(address) == nil {
		t.Error("a full book does not learn of the models that it has")
	}
}

func TestRecordsMayComeWhileCallsAsk(t *testing.T) {
	var b capability.Book
	s := b.Of("ups_1", "m")
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 200 {
				for _, m := range s.Missing(address) {
					if m.Capability != hw.CapTools || m.Date() == "" {
						t.Errorf("%+v", m)
					}
				}
				b.Find("ups_1", "m")
			}
		})
	}
	for i := range 200 {
		b.Put(record(day.Add(time.Duration(i)), "tools.one tools "+[]string{"no", "yes"}[i%2]))
		b.Keep(func(string) bool { return true }, func(string, string) bool { return false })
	}
	wait.Wait()
}
