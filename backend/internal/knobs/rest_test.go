package knobs_test

import (
	"slices"
	"testing"
	"time"

	"headwater/backend/hw"
)

// rest proves how long a credential rests, with a vendor that refuses it again
// and again: the first rest by one lane, the longest by another whose rests
// would grow without it.
func rest(fault string, set func(p *hw.HealthPolicy, first, most int64)) func(s *site) func(t *testing.T) {
	return func(s *site) func(t *testing.T) {
		along := func(name string, first, most int64) *lane {
			l := s.lane(name, func(l *lane) { set(&l.up.Health, first, most) })
			s.secret(l.up, "only-"+name, 1)
			return l
		}
		short, long, bounded := along("short", 100, 100), along("long", 2500, 0), along("bounded", 400, 400)
		all := []*lane{short, long, bounded}
		return func(t *testing.T) {
			for _, l := range all {
				l.primary.fault(t, fault)
			}
			if !until(patience, func() bool {
				for _, l := range all {
					l.chat(t, "hello")
				}
				return len(long.between()) >= 1 && len(short.between()) >= 3 && len(bounded.between()) >= 5
			}) {
				t.Fatalf("not tested often enough: %v, %v, %v", short.between(), long.between(), bounded.between())
			}
			if got := long.between()[0]; got < 2500*time.Millisecond {
				t.Errorf("a rest of 2.5 s took %s", got)
			}
			if got := bounded.between()[4]; got < 400*time.Millisecond || got > 5*time.Second { // 6.4 s where nothing bounds it
				t.Errorf("the fifth rest of at most 400 ms took %s", got)
			}
			if got := slices.Min(short.between()); got > 2500*time.Millisecond {
				t.Errorf("a rest of 100 ms took %s", got)
			}
		}
	}
}

var (
	quotaRest = rest("status-402", func(p *hw.HealthPolicy, first, most int64) { p.QuotaFirstMs, p.QuotaMostMs = first, most })
	authRest  = rest("status-401", func(p *hw.HealthPolicy, first, most int64) { p.AuthFirstMs, p.AuthMostMs = first, most })
)
