package gateway

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
)

// drip gives a piece of a body after each pause.
type drip struct {
	piece, times int
	pause        time.Duration
}

func (d *drip) Read(p []byte) (int, error) {
	if d.times == 0 {
		return 0, io.EOF
	}
	d.times--
	time.Sleep(d.pause)
	return min(d.piece, len(p)), nil
}

func TestABodyThatDripsIsTurnedAwayOnlyWhileMemoryIsShort(t *testing.T) {
	for _, row := range []struct {
		name    string
		body    drip
		claimed int64
		held    int64 // by others, of 1000 bytes
		code    hw.Code
		took    time.Duration
	}{
		{"a byte every three seconds, memory is short", drip{1, 100, 3 * time.Second}, -1, 500, hw.CodeBodyTimeout, 6 * time.Second},
		{"the same, and there is memory", drip{1, 100, 3 * time.Second}, -1, 0, "", 300 * time.Second},
		{"2 KiB a second, memory is short", drip{2 << 10, 60, time.Second}, -1, 500, "", 60 * time.Second},
		{"one that comes late, but whole", drip{1, 1, 20 * time.Second}, 1, 500, "", 20 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &Gateway{Config: Config{MaxBodies: 1 << 30}}
				g.bodies.Store(row.held * (1 << 30) / 1000)
				c := callOf(0, 0)
				c.front = bodyOf(t, &row.body, row.claimed)
				begun := time.Now()
				_, err := g.readBodyOf(c, maxBody)
				if hw.CodeOf(err) != row.code || time.Since(begun) != row.took {
					t.Errorf("%v after %v", err, time.Since(begun))
				}
			})
		})
	}
}
