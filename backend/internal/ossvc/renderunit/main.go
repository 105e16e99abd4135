// Command renderunit writes the systemd unit of the packages to standard
// output. The package build uses it, so that the unit in a package and the one
// that `headwater service install` writes come from one template. It takes no
// arguments and touches no file.
package main

import (
	"fmt"
	"os"

	"headwater/backend/internal/ossvc"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "renderunit:", err)
		os.Exit(1)
	}
}

func run() error {
	u := ossvc.DefaultUnit()
	u.Documentation = "file:///usr/share/doc/headwater/README.md"
	text, err := ossvc.Render(u)
	if err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(text)
	return err
}
