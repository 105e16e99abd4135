package upstream

import "net"

// directWorks is false where a dead idle connection cannot be told from a live
// one without reading: the transport's own goroutines do that instead.
const directWorks = false

func quiet(net.Conn) bool { return false }
