// Command headwater runs the gateway and administers one that runs: the same
// program is the service, its command line and its installer's helper.
//
// It holds no product logic: commands read flags, talk to the service over its
// administration protocol (or, where the service is stopped, to the same use
// cases in this process) and print what comes back. Its one invariant: data
// goes to standard output, talk to standard error, and the exit code alone
// tells a script how it went.
package main

import (
	"os"
	"runtime/debug"

	"github.com/mattn/go-isatty"
)

// version is set by the linker when a release is built.
var version = ""

func main() {
	os.Exit(run(os.Args[1:]))
}

// run is the whole program on the process's own streams.
func run(args []string) int {
	c := &cli{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		lookupEnv:   os.LookupEnv,
		interactive: isTerminal(os.Stdin) && isTerminal(os.Stderr),
		colourful:   isTerminal(os.Stdout),
	}
	return c.execute(args)
}

func isTerminal(f *os.File) bool {
	return isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd())
}

// versionText is the version of this program: the release's, else that of the
// module, else "dev".
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
