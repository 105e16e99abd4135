package main

import "golang.org/x/sys/unix"

// How this system reads and writes the settings of a terminal.
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)
