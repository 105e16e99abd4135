package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// capabilityOf is a record of live checks.
func capabilityOf(id, upstream, model string, at time.Time, stopped string) hw.CapabilityRecord {
	return hw.CapabilityRecord{
		ID: id, UpstreamID: upstream, Model: model, At: at, Stopped: stopped, Yes: 1,
		Checks: []hw.CapabilityCheck{{Name: "tools.call", Capability: hw.CapTools, Outcome: hw.CheckYes, Words: "It called the tool."}},
		Drift:  []hw.CapabilityDrift{},
	}
}

// wantRecords checks which records came, in their order.
func wantRecords(t *testing.T, got []hw.CapabilityRecord, err error, want string) {
	t.Helper()
	ids := make([]string, len(got))
	for i, r := range got {
		ids[i] = r.ID
	}
	if text := strings.Join(ids, " "); err != nil || text != want || got == nil {
		t.Errorf("got %q (%v), want %q", text, err, want)
	}
}

func testCapabilities(t *testing.T, e Engine) {
	s := e.Open(t)
	start := time.Now().UTC().Truncate(time.Millisecond)
	put := func(id, upstream, model string, after time.Duration, stopped string) {
		t.Helper()
		if err := s.PutCapabilityRecord(t.Context(), capabilityOf(id, upstream, model, start.Add(after), stopped)); err != nil {
			t.Fatal(err)
		}
	}
	put("cpr_1", "ups_a", "m", 0, "")
	put("cpr_2", "ups_a", "m", time.Second, "")
	put("cpr_3", "ups_a", "m", 2*time.Second, "It was canceled.")
	put("cpr_4", "ups_b", "m", 3*time.Second, "It was canceled.")
	put("cpr_5", "ups_a", "n", 4*time.Second, "")
	got, err := s.CapabilityRecord(t.Context(), "cpr_2")
	if err != nil || got.Model != "m" || !got.At.Equal(start.Add(time.Second)) || len(got.Checks) != 1 || got.Checks[0].Capability != hw.CapTools {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := s.CapabilityRecord(t.Context(), "cpr_none"); hw.CodeOf(err) != hw.CodeNotFound {
		t.Errorf("a record that is not there: %v", err)
	}
	// A run that ended early stands only where there is no other.
	list, err := s.CapabilityRecords(t.Context())
	wantRecords(t, list, err, "cpr_5 cpr_4 cpr_2")
	list, err = s.CapabilityHistory(t.Context(), "ups_a", "m")
	wantRecords(t, list, err, "cpr_3 cpr_2 cpr_1")
	list, err = s.CapabilityHistory(t.Context(), "ups_c", "m")
	wantRecords(t, list, err, "")
}

func testCapabilityBounds(t *testing.T, e Engine) {
	s := e.Open(t)
	start := time.Now().UTC()
	put := func(id, model string, after time.Duration) {
		t.Helper()
		if err := s.PutCapabilityRecord(t.Context(), capabilityOf(id, "ups_a", model, start.Add(after), "")); err != nil {
			t.Fatal(err)
		}
	}
	put("cpr_other", "n", 0)
	for i := range store.CapabilitiesOfModel + 3 {
		put(fmt.Sprintf("cpr_%02d", i), "m", time.Duration(1+i)*time.Second)
	}
	list, err := s.CapabilityHistory(t.Context(), "ups_a", "m")
	wantRecords(t, list, err, "cpr_12 cpr_11 cpr_10 cpr_09 cpr_08 cpr_07 cpr_06 cpr_05 cpr_04 cpr_03")
	list, err = s.CapabilityHistory(t.Context(), "ups_a", "n")
	wantRecords(t, list, err, "cpr_other")
	large := capabilityOf("cpr_large", "ups_a", "m", start.Add(time.Hour), strings.Repeat("x", store.CapabilityBytes))
	if err := s.PutCapabilityRecord(t.Context(), large); err == nil {
		t.Error("a record beyond its bound was kept")
	}
}
