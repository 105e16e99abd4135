//go:build !darwin

package main

import (
	"context"
	"sync"
	"time"

	"fyne.io/systray"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// trayTime is how long the desktop may take to show the icon.
const trayTime = 3 * time.Second

// tray is the icon beside the clock. It works inside the window's process and
// goes with it; the service stays.
type tray struct {
	window *window
	end    func()

	mu sync.Mutex
	// The fields below are guarded by mu.
	endpoint     string
	status, copy *systray.MenuItem
}

// newTray registers the icon; nil when the desktop does not show it in time.
func newTray(ctx context.Context, w *window) *tray {
	t := &tray{window: w}
	ready := make(chan struct{})
	begin, end := systray.RunWithExternalLoop(func() { t.fill(ctx); close(ready) }, nil)
	t.end = end
	begin()
	select {
	case <-ready:
		return t
	case <-time.After(trayTime):
		return nil
	}
}

// fill makes the menu.
func (t *tray) fill(ctx context.Context) {
	w := t.window
	systray.SetTitle("Headwater")
	systray.SetIcon(trayIcon(shapeAway))
	t.mu.Lock()
	t.status = systray.AddMenuItem(w.text(string(shapeAway)), "")
	t.status.Disable()
	open := systray.AddMenuItem(w.text("open"), "")
	t.copy = systray.AddMenuItem(w.text("copy"), "")
	t.copy.Disable()
	clicked := t.copy.ClickedCh
	t.mu.Unlock()
	systray.AddSeparator()
	quit := systray.AddMenuItem(w.text("quit"), "")
	systray.SetOnTapped(w.show)
	w.work.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-open.ClickedCh:
				w.show()
			case <-clicked:
				_ = runtime.ClipboardSetText(w.ctx, t.address()) //nolint:contextcheck // the library's handle of the window; nobody to tell
			case <-quit.ClickedCh:
				w.quit()
			}
		}
	})
}

func (t *tray) address() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.endpoint
}

// show paints a standing. There may be no tray.
func (t *tray) show(s standing) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.endpoint = s.endpoint
	systray.SetIcon(trayIcon(s.shape))
	systray.SetTooltip("Headwater: " + t.window.say(s))
	t.status.SetTitle(t.window.say(s))
	if s.endpoint == "" {
		t.copy.Disable()
		return
	}
	t.copy.SetTitle(t.window.text("copy") + "  " + s.endpoint)
	t.copy.Enable()
}

// close takes the icon away. There may be no tray.
func (t *tray) close() {
	if t != nil {
		t.end()
	}
}
