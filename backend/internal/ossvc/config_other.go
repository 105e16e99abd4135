//go:build !linux

package ossvc

import "github.com/kardianos/service"

// config is the library's configuration for launchd and the Windows service
// manager. DelayedAutoStart stays off: a gateway should be there early.
func config(u Unit, _ string) *service.Config {
	return &service.Config{
		Name: Name, DisplayName: displayName, Description: description,
		Executable: u.Executable, Arguments: u.Arguments,
		Option: service.KeyValue{
			// launchd
			"KeepAlive": true, "RunAtLoad": true,
			// Windows: restart one second after each crash; a day without one
			// forgets those before it.
			"OnFailure": "restart", "OnFailureDelayDuration": "1s", "OnFailureResetPeriod": 86400,
		},
	}
}
