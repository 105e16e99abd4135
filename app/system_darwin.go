package main

import (
	"context"
	"errors"
)

const startCommand = "sudo launchctl kickstart system/headwater"

// startService needs rights that a window cannot ask for here.
func startService(context.Context) error { return errors.New("launchd wants the administrator") }

// tray is nothing on macOS: its library and the window's both want to be the
// application's delegate.
type tray struct{}

func trayHost() bool                         { return false }
func newTray(context.Context, *window) *tray { return nil }
func (t *tray) show(standing)                {}
func (t *tray) close()                       {}
