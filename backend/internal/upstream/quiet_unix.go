//go:build unix

package upstream

import (
	"net"
	"syscall"
)

// directWorks says that quiet can tell live connections from dead ones here.
const directWorks = true

// quiet reports whether an idle connection is still open and silent: one that
// the other end closed, or on which it speaks unasked, must not be used.
func quiet(c net.Conn) bool {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return true // an in-memory connection of a test
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	alive := false
	err = raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		alive = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true
	})
	return err == nil && alive
}
