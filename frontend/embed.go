// Package frontend embeds the built page, so that the service and the window
// ship the same bytes.
//
// It deliberately serves nothing and knows no package of ours. Its one
// invariant: it compiles before the page has been built; FS is then empty but
// for a placeholder.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns the built page, rooted where its index.html is.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("bug: the embedded page has no root: " + err.Error())
	}
	return sub
}
