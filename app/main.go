// Command headwater-desktop is the administrator's window: the page of the
// service in a window of its own, a tray icon and notifications.
//
// It deliberately decides nothing and keeps nothing but the addresses of other
// Headwaters: it is a client of the service, which goes on without it. Its one
// invariant: what the page can ask of it takes no path, no command and no
// token.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/windows"

	"headwater/backend/adminclient"
	"headwater/backend/adminclient/line"
	"headwater/frontend"
)

// version is set by the build.
var version = "dev"

// The smallest window that every screen is made for.
const (
	width, height       = 1280, 800
	minWidth, minHeight = 1024, 640
)

func main() {
	hidden := flag.Bool("hidden", false, "start in the tray, where there is one")
	about := flag.Bool("version", false, "print the version")
	flag.Parse()
	if *about {
		_, _ = fmt.Fprintln(os.Stdout, version)
		return
	}
	if err := run(*hidden); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "headwater-desktop:", err)
		os.Exit(1)
	}
}

func run(hidden bool) error {
	page := frontend.New(frontend.FS(), frontend.Options{})
	config, err := os.UserConfigDir()
	if err != nil {
		return fmt.Errorf("finding a place for the connections: %w", err)
	}
	w := &window{language: languageOf(os.Getenv)}
	keeper, err := line.New(line.Config{
		File:  filepath.Join(config, "headwater", "connections.json"),
		Local: local, Told: w.told, Frames: w.frames,
	})
	if err != nil {
		return err //nolint:wrapcheck // it says what it was doing
	}
	w.keeper = keeper
	return wails.Run(&options.App{ //nolint:wrapcheck // the library's own words are all there is
		Title: "Headwater", Width: width, Height: height, MinWidth: minWidth, MinHeight: minHeight,
		StartHidden:        hidden && trayHost(),
		AssetServer:        &assetserver.Options{Handler: page},
		OnStartup:          w.start,
		OnBeforeClose:      w.closing,
		OnShutdown:         w.stop,
		Bind:               []any{&Bridge{window: w}},
		ErrorFormatter:     problem,
		LogLevelProduction: logger.ERROR,
		SingleInstanceLock: &options.SingleInstanceLock{
			UniqueId:               "headwater-desktop",
			OnSecondInstanceLaunch: func(options.SecondInstanceData) { w.show() },
		},
		Linux:   &linux.Options{Icon: icon(shapeServing, 64), ProgramName: "headwater-desktop", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
		Windows: &windows.Options{Theme: windows.SystemDefault},
	})
}

// local finds the service of this machine.
func local() (adminclient.Place, error) {
	dir, chosen := os.LookupEnv("HEADWATER_STATE_DIR")
	if !chosen || dir == "" {
		var err error
		if dir, err = adminclient.StateDir(os.LookupEnv); err != nil {
			return adminclient.Place{}, err //nolint:wrapcheck // it says what is missing
		}
		return adminclient.Find(dir, true) //nolint:wrapcheck // it says what it was reading
	}
	return adminclient.Find(dir, false) //nolint:wrapcheck // it says what it was reading
}
