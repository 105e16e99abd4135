package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// hideEcho stops a console from showing what is typed; restore undoes it.
func hideEcho(f *os.File) (restore func(), err error) {
	console := windows.Handle(f.Fd())
	var was uint32
	if err := windows.GetConsoleMode(console, &was); err != nil {
		return nil, fmt.Errorf("asking the console for its settings: %w", err)
	}
	quiet := was&^windows.ENABLE_ECHO_INPUT | windows.ENABLE_LINE_INPUT | windows.ENABLE_PROCESSED_INPUT
	if err := windows.SetConsoleMode(console, quiet); err != nil {
		return nil, fmt.Errorf("telling the console to be discreet: %w", err)
	}
	return func() { _ = windows.SetConsoleMode(console, was) }, nil
}
