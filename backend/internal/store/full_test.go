package store

import (
	"encoding/json"
	"strings"
	"testing"

	"headwater/backend/hw"
)

// Whoever wanted the change is told that the disk is full, and what to do.
func TestCommit_saysThatTheDiskIsFull(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	defer mustClose(t, s)
	if _, err := s.config.write.ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	body := json.RawMessage(`{"note":"` + strings.Repeat("x", 1<<20) + `"}`)
	w := Write{Document: Document{Kind: hw.KindTenant, ID: hw.NewIDFor(hw.KindTenant), Name: "big", Body: body}}
	_, err := s.Commit(t.Context(), Commit{Actor: "root", Action: "create", Writes: []Write{w}}, func(int64) error { return nil })
	if e := hw.AsError(err); e.Code != hw.CodeDiskFull || e.Details("").Public != "HW-DISK" {
		t.Errorf("the change gave %v", err)
	}
}
