package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/godbus/dbus/v5"
)

const startCommand = "sudo systemctl start headwater"

// startService asks systemd, by way of whoever may ask for a password.
func startService(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "pkexec", "systemctl", "start", "headwater").CombinedOutput()
	if err != nil {
		return fmt.Errorf("starting the service: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// trayHost reports whether this desktop shows icons: without a watcher (plain
// GNOME) a hidden window could not be brought back.
func trayHost() bool {
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return false
	}
	defer func() { _ = bus.Close() }()
	var there bool
	call := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher")
	return call.Store(&there) == nil && there
}

func trayIcon(s shape) []byte { return icon(s, 64) }
