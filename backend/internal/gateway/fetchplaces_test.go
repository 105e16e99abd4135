package gateway

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestOneAppLeavesPlacesForFetchingToOthers: one that names servers which never
// answer takes half of them.
func TestOneAppLeavesPlacesForFetchingToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFetchRoom()
		var held atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{}, 3*fetchPlaces)
		for range 3 * fetchPlaces {
			go func() {
				defer func() { ended <- struct{}{} }()
				leave, ok := f.enter(ctx, "slow")
				if !ok {
					return
				}
				held.Add(1)
				<-ctx.Done()
				leave()
			}()
		}
		synctest.Wait()
		if n := held.Load(); n != appFetches {
			t.Errorf("one app holds %d places", n)
		}
		var leaves []func()
		for range fetchPlaces - appFetches {
			leave, ok := f.enter(ctx, "other")
			if !ok {
				t.Fatal("another app has no place")
			}
			leaves = append(leaves, leave)
		}
		cancel()
		for range 3 * fetchPlaces {
			<-ended
		}
		for _, leave := range leaves {
			leave()
		}
		if len(f.all) != 0 || len(f.apps) != 0 {
			t.Errorf("%d places and %d apps are left", len(f.all), len(f.apps))
		}
	})
}
