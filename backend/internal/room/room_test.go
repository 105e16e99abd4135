package room_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/internal/room"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// enter puts a waiter into the room and tells the order in which they get out.
func enter(r *room.Room, out *order, name string, w room.Wait, l room.Limits) {
	go func() {
		key, err := r.Enter(context.Background(), w, l)
		out.add(name, key, err)
	}()
	synctest.Wait()
}

type order struct {
	mu   sync.Mutex
	list []string
}

func (o *order) add(name, key string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		key = err.Error()
	}
	o.list = append(o.list, name+"="+key)
}

func (o *order) got() []string {
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.list)
}

func wants(class uint8, tenant string, keys ...string) room.Wait {
	return room.Wait{Keys: keys, Class: class, Tenant: tenant, Bytes: 10, Until: time.Now().Add(time.Minute)}
}

func plenty() room.Limits { return room.Limits{Calls: 100, Bytes: 1 << 20} }

func TestOffer_takesTheMostImportantThenTenantsInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r room.Room
		var out order
		for i := range 3 {
			enter(&r, &out, fmt.Sprintf("a%d", i), wants(1, "a", "k"), plenty())
		}
		enter(&r, &out, "b0", wants(1, "b", "k"), plenty())
		enter(&r, &out, "c0", wants(2, "c", "k"), plenty())
		for range 5 {
			if !r.Offer("k") {
				t.Fatal("nobody wanted it")
			}
			synctest.Wait()
		}
		if got := out.got(); !slices.Equal(got, []string{"c0=k", "a0=k", "b0=k", "a1=k", "a2=k"}) {
			t.Errorf("order %v", got)
		}
		if r.Offer("k") {
			t.Error("an empty room took a place")
		}
	})
}

func TestOffer_goesOnlyToWhoCanUseIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r room.Room
		var out order
		enter(&r, &out, "x", wants(3, "a", "k1"), plenty())
		enter(&r, &out, "y", wants(1, "a", "k1", "k2"), plenty())
		if !r.Wanted("k2") || r.Wanted("k3") || r.Offer("k3") {
			t.Error("wrong about who wants what")
		}
		r.Offer("k2")
		synctest.Wait()
		r.Offer("k1")
		if got := out.got(); !slices.Equal(got, []string{"y=k2", "x=k1"}) {
			t.Errorf("order %v", got)
		}
	})
}

func TestEnter_theLeastImportantMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r room.Room
		var out order
		limits := room.Limits{Calls: 2, Bytes: 1 << 20}
		enter(&r, &out, "low", wants(0, "a", "k"), limits)
		enter(&r, &out, "mid", wants(1, "a", "k"), limits)
		enter(&r, &out, "high", wants(3, "b", "k"), limits)
		enter(&r, &out, "late", wants(1, "b", "k"), limits)
		want := []string{"low=" + room.ErrFull.Error(), "late=" + room.ErrFull.Error()}
		if got := out.got(); !slices.Equal(got, want) {
			t.Errorf("turned away %v, want %v", got, want)
		}
		r.Offer("k")
		synctest.Wait()
		r.Offer("k")
		if got := out.got(); !slices.Equal(got[2:], []string{"high=k", "mid=k"}) {
			t.Errorf("served %v", got)
		}
	})
}

func TestEnter_isBoundedByBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r room.Room
		var out order
		limits := room.Limits{Calls: 100, Bytes: 25}
		for i := range 3 {
			enter(&r, &out, fmt.Sprint(i), wants(1, "a", "k"), limits)
		}
		if got := out.got(); !slices.Equal(got, []string{"2=" + room.ErrFull.Error()}) || r.Len() != 2 {
			t.Errorf("turned away %v, %d wait", got, r.Len())
		}
		r.Offer("k")
		r.Offer("k")
		synctest.Wait()
	})
}

func TestEnter_givesUpInTimeAndOnHangUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r room.Room
		start := time.Now()
		w := wants(1, "a", "k")
		w.Until = start.Add(3 * time.Second)
		if _, err := r.Enter(t.Context(), w, plenty()); !errors.Is(err, room.ErrLate) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w.Until = time.Now().Add(time.Hour)
		if _, err := r.Enter(ctx, w, plenty()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after the hang-up: %v", err)
		}
		if r.Len() != 0 || r.Offer("k") {
			t.Error("who left is still there")
		}
	})
}

// No place is lost or given twice while waiters come, give up and are served.
func TestRoom_losesNoPlace(t *testing.T) {
	var r room.Room
	var wg sync.WaitGroup
	var served, offered int64
	var mu sync.Mutex
	stop := make(chan struct{})
	for i := range 8 {
		wg.Go(func() {
			for n := range 300 {
				w := room.Wait{Keys: []string{"k"}, Class: uint8(n % 4), Tenant: fmt.Sprint(i % 3), Until: time.Now().Add(time.Duration(n%5) * 100 * time.Microsecond)}
				if key, err := r.Enter(context.Background(), w, room.Limits{Calls: 5, Bytes: 1}); err == nil && key == "k" {
					mu.Lock()
					served++
					mu.Unlock()
				}
			}
		})
	}
	go func() { wg.Wait(); close(stop) }()
	for done := false; !done; {
		select {
		case <-stop:
			done = true
		default:
			if r.Offer("k") {
				offered++
			}
		}
	}
	if served != offered {
		t.Errorf("%d places were taken and %d served", offered, served)
	}
}

func TestEnter_missesNoPlaceThatBecameFreeJustBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r room.Room
		w := wants(1, "a", "k")
		w.Free = func() bool { return true }
		if key, err := r.Enter(t.Context(), w, plenty()); key != "" || err != nil || r.Len() != 0 {
			t.Errorf("%q, %v, %d wait", key, err, r.Len())
		}
		w.Free = func() bool { r.Offer("k"); return true } // given in the same moment
		if key, err := r.Enter(t.Context(), w, plenty()); key != "k" || err != nil {
			t.Errorf("%q, %v", key, err)
		}
	})
}
