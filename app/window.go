package main

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"headwater/backend/adminclient/line"
	"headwater/backend/hw"
)

// lookEvery is how often the tray asks how things stand.
const lookEvery = 5 * time.Second

// window is the open window: it passes on what the line tells, and shows in
// the tray how things stand.
type window struct {
	keeper   *line.Keeper
	language string

	ctx  context.Context //nolint:containedctx // the library's handle of the window, set once by start
	end  context.CancelFunc
	work sync.WaitGroup
	tray *tray // nil where there is no tray
	// quitting is set once the window shall really close.
	quitting atomic.Bool
}

// start is called by the library once, before the page can ask anything.
func (w *window) start(ctx context.Context) {
	w.ctx = ctx
	running, end := context.WithCancel(ctx)
	w.end = end
	if trayHost() {
		w.tray = newTray(running, w)
	}
	notify := runtime.InitializeNotifications(ctx) == nil
	w.work.Go(func() { w.keeper.Run(running) })
	w.work.Go(func() { w.look(running, notify) })
}

// stop is called by the library when the window has closed.
func (w *window) stop(context.Context) {
	w.end()
	w.work.Wait()
	w.tray.close()
}

// closing hides the window where a tray can bring it back; the library closes
// it otherwise.
func (w *window) closing(ctx context.Context) (prevent bool) {
	if w.tray == nil || w.quitting.Load() {
		return false
	}
	runtime.WindowHide(ctx)
	return true
}

func (w *window) show() {
	runtime.WindowUnminimise(w.ctx)
	runtime.WindowShow(w.ctx)
}

func (w *window) quit() {
	w.quitting.Store(true)
	runtime.Quit(w.ctx)
}

// told passes a new state of the line to the page.
func (w *window) told(s line.State) { runtime.EventsEmit(w.ctx, "connection", s) }

// frames passes on what the service sends.
func (w *window) frames(batch []line.Frame) { runtime.EventsEmit(w.ctx, "frames", batch) }

// look shows how things stand, and says so when that changes.
func (w *window) look(ctx context.Context, notify bool) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	shown := standing{}
	for {
		now := w.standing(ctx)
		if now != shown {
			w.tray.show(now)
			if notify && worthSaying(shown, now) {
				// A desktop without notifications has the tray and the page.
				said := runtime.NotificationOptions{ID: "headwater-standing", Title: "Headwater", Body: w.say(now)}
				_ = runtime.SendNotification(w.ctx, said) //nolint:contextcheck // the library's handle of the window
			}
			shown = now
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// standing is what the tray shows.
type standing struct {
	shape    shape
	endpoint string
}

// standing asks the service how things stand.
func (w *window) standing(ctx context.Context) standing {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	raw, err := w.keeper.Request(ctx, "status.get", json.RawMessage("{}"))
	var status hw.Status
	if err != nil || json.Unmarshal(raw, &status) != nil {
		return standing{shape: shapeAway}
	}
	now := standing{shape: shapeServing}
	switch status.Verdict {
	case hw.VerdictDegraded:
		now.shape = shapeDegraded
	case hw.VerdictDown:
		now.shape = shapeDown
	}
	if status.Addresses.Data != "" {
		now.endpoint = "http://" + status.Addresses.Data + "/v1"
	}
	return now
}

// worthSaying keeps quiet about the first look and about what only the
// endpoint's address changes.
func worthSaying(before, now standing) bool {
	return before.shape != "" && before.shape != now.shape
}
