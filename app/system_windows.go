package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
)

const startCommand = "sc start headwater"

// startService asks the service manager; who may not is told the command.
func startService(context.Context) error {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return fmt.Errorf("reaching the service manager: %w", err)
	}
	defer func() { _ = windows.CloseServiceHandle(manager) }()
	name, err := windows.UTF16PtrFromString("headwater")
	if err != nil {
		return fmt.Errorf("naming the service: %w", err)
	}
	service, err := windows.OpenService(manager, name, windows.SERVICE_START)
	if err != nil {
		return fmt.Errorf("opening the service: %w", err)
	}
	err = windows.StartService(service, 0, nil)
	return errors.Join(err, windows.CloseServiceHandle(service))
}

// trayHost is always there: the taskbar.
func trayHost() bool { return true }

// trayIcon wraps the picture as the only image of an .ico file, which takes
// PNG since Windows Vista.
func trayIcon(s shape) []byte {
	const size, head = 32, 22
	picture := icon(s, size)
	ico := []byte{0, 0, 1, 0, 1, 0, size, size, 0, 0, 1, 0, 32, 0}
	ico = binary.LittleEndian.AppendUint32(ico, uint32(len(picture))) //nolint:gosec // a few kilobytes
	ico = binary.LittleEndian.AppendUint32(ico, head)
	return append(ico, picture...)
}
