// Package frontend holds the built pages and serves them: to a browser from
// the admin listener, and to the window from inside its own process.
//
// It knows nothing of what the pages show. Its one invariant: a page leaves
// only with a policy that lets it load from its own origin and nowhere else.
package frontend

import (
	"embed"
	"io/fs"
)

// built is what the page's build leaves behind. In a tree where it has not run
// there is only a placeholder, so that the Go code still compiles.
//
//go:embed all:dist
var built embed.FS

// FS returns the built pages: index.html (administration), portal.html and
// assets/. Without a build it holds no page.
func FS() fs.FS {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		return built // "dist" is a valid name: this cannot happen
	}
	return dist
}
