package ossvc

import "github.com/kardianos/service"

// config is the library's configuration on Linux. The rendered unit holds no
// template action, so the library writes it down unchanged.
func config(u Unit, unit string) *service.Config {
	return &service.Config{
		Name: Name, DisplayName: displayName, Description: description,
		Executable: u.Executable, Arguments: u.Arguments,
		Option: service.KeyValue{"SystemdScript": unit},
	}
}
