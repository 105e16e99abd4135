package hw_test

import (
	"testing"
	"time"

	"headwater/backend/hw"
)

func TestHowAPresetIsKnownToWork(t *testing.T) {
	day := time.Date(2026, 11, 29, 23, 59, 0, 0, time.FixedZone("", -3600))
	for name, row := range map[string]struct {
		p        hw.Provider
		live     time.Time
		how, day string
	}{
		"documents":       {hw.Provider{}, time.Time{}, hw.VerifiedPreset, ""},
		"a recording":     {hw.Provider{Recorded: "2026-08"}, time.Time{}, hw.VerifiedRecording, "2026-08"},
		"live checks":     {hw.Provider{Recorded: "2026-08"}, day, hw.VerifiedLive, "2026-11-30"},
		"the practice":    {hw.Provider{Practice: true}, day, "", ""},
		"what was before": {hw.Provider{Verified: hw.VerifiedLive, VerifiedAt: "2020-01-01"}, time.Time{}, hw.VerifiedPreset, ""},
	} {
		if row.p.Verify(row.live); row.p.Verified != row.how || row.p.VerifiedAt != row.day {
			t.Errorf("%s: %q at %q", name, row.p.Verified, row.p.VerifiedAt)
		}
	}
}
