// Package ossvc installs Headwater as a service of the operating system and
// hosts the program when that service manager starts it.
//
// It wraps kardianos/service behind one verb, Perform, and replaces the
// library's systemd unit by our own template, which is also the unit inside
// the Linux packages. It does not decide what the program does, parses no
// flags and never touches the state directory: uninstalling keeps every byte
// of configuration. It is the only package that runs other programs.
//
// Its one invariant: an action may be repeated. Installing what is installed,
// starting what runs and removing what is gone succeed and change nothing.
package ossvc

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/kardianos/service"

	"headwater/backend/hw"
)

// The names the operating system knows us by. They are part of the product:
// packages, documents and scripts use the same words.
const (
	// Name is the service's name, on every platform.
	Name = "headwater"
	// User is the account the service runs as where the platform has systemd.
	User = "headwater"
	// AdminGroup may read the local administration token of a service.
	AdminGroup = "headwater-admin"
)

const (
	displayName = "Headwater"
	description = "Headwater AI and API gateway"
)

// Action is what Perform does with the service.
type Action string

// The actions, as the command line spells them.
const (
	Install   Action = "install"
	Uninstall Action = "uninstall"
	Start     Action = "start"
	Stop      Action = "stop"
	Restart   Action = "restart"
	Status    Action = "status"
)

// Actions returns every action in the order a help text shows them.
func Actions() []Action {
	return []Action{Install, Uninstall, Start, Stop, Restart, Status}
}

// State is what the service manager says of the service.
type State string

// The states of a service.
const (
	StateNotInstalled State = "not installed"
	StateStopped      State = "stopped"
	StateRunning      State = "running"
	// StateFailed means the manager gave up starting it, or cannot tell.
	StateFailed State = "failed"
)

// Options is how the service is to be installed. The zero value installs the
// running executable as `headwater run --service`.
type Options struct {
	// Executable is the absolute path of the program; empty means the running one.
	Executable string
	// Arguments follow the executable; nil means "run --service". The service's
	// command line has to carry an explicit --service: whether a process was
	// started by a service manager cannot be told reliably from inside.
	Arguments []string
}

// Report is what an action found and did.
type Report struct {
	Action Action `json:"action"`
	// Platform is the service manager, e.g. "linux-systemd", "windows-service".
	Platform string `json:"platform"`
	// State is the service's state after the action.
	State State `json:"state"`
	// Changed says whether the action had anything to do.
	Changed bool `json:"changed"`
	// Notes are sentences for the administrator; may be empty.
	Notes []string `json:"notes,omitempty"`
}

// manager is the service manager of the operating system: kardianos/service in
// the product, a fake in tests.
type manager interface {
	Platform() string
	Status() (service.Status, error)
	Install() error
	Uninstall() error
	Start() error
	Stop() error
	Restart() error
}

// Perform does one action with the service and reports the state after it.
// Errors a person can act on are *hw.Error. The service manager's own commands
// cannot be interrupted; ctx is looked at between them.
func Perform(ctx context.Context, action Action, opts Options) (Report, error) {
	unit, err := opts.unit()
	if err != nil {
		return Report{}, err
	}
	text, err := Render(unit)
	if err != nil {
		return Report{}, err
	}
	m, err := service.New(idle{}, config(unit, text))
	if err != nil {
		return Report{}, hw.Errorf(hw.CodeUnsupported, "This system has no service manager that Headwater knows; use 'headwater run'.").Because(err)
	}
	return performer{manager: m, host: thisHost(), unit: text}.perform(ctx, action)
}

// unit fills in the defaults of o.
func (o Options) unit() (Unit, error) {
	u := DefaultUnit()
	if o.Arguments != nil {
		u.Arguments = o.Arguments
	}
	u.Executable = o.Executable
	if u.Executable == "" {
		path, err := os.Executable()
		if err != nil {
			return Unit{}, fmt.Errorf("finding the running executable: %w", err)
		}
		u.Executable = path
	}
	return u, nil
}

// idle satisfies the library's constructor for actions that run nothing.
type idle struct{}

func (idle) Start(service.Service) error { return nil }
func (idle) Stop(service.Service) error  { return nil }

// performer is one action in the making.
type performer struct {
	manager manager
	host    host
	// unit is the systemd unit as it should be; other platforms ignore it.
	unit string
}

func (p performer) perform(ctx context.Context, action Action) (Report, error) {
	steps := map[Action]func(context.Context, *Report) error{
		Install:   p.install,
		Uninstall: p.uninstall,
		Start:     p.start,
		Stop:      p.stop,
		Restart:   p.restart,
		Status:    func(context.Context, *Report) error { return nil },
	}
	step, ok := steps[action]
	if !ok {
		return Report{}, hw.Errorf(hw.CodeBadRequest, "Unknown service action %q; there are %v.", action, Actions())
	}
	if action != Status && !p.host.privileged() {
		return Report{}, hw.Errorf(hw.CodeForbidden, "Changing the service needs root or an administrator's console.").
			Because(errors.New("effective user is not root"))
	}
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	r := Report{Action: action, Platform: p.manager.Platform()}
	if err := step(ctx, &r); err != nil {
		return Report{}, fmt.Errorf("performing service action %q: %w", action, err)
	}
	state, note := p.state()
	r.State = state
	if note != "" {
		r.Notes = append(r.Notes, note)
	}
	return r, nil
}

// state asks the manager; a text it gives with an unclear state becomes a note.
func (p performer) state() (State, string) {
	status, err := p.manager.Status()
	switch {
	case errors.Is(err, service.ErrNotInstalled):
		return StateNotInstalled, ""
	case err != nil:
		return StateFailed, "The service manager says: " + err.Error() + "."
	case status == service.StatusRunning:
		return StateRunning, ""
	case status == service.StatusStopped:
		return StateStopped, ""
	}
	return StateFailed, "The service manager gives no clear state."
}

func (p performer) install(ctx context.Context, r *Report) error {
	if isSystemd(r.Platform) {
		return p.installUnit(ctx, r)
	}
	if state, _ := p.state(); state != StateNotInstalled {
		return nil
	}
	r.Changed = true
	if r.Platform == "unix-systemv" {
		r.Notes = append(r.Notes, "This system has no systemd: the service runs as root and is not restarted after a crash.")
	}
	return p.manager.Install()
}

func (p performer) uninstall(ctx context.Context, r *Report) error {
	state, _ := p.state()
	if state == StateNotInstalled {
		return nil
	}
	if isSystemd(r.Platform) {
		if err := p.host.refusePackaged("Remove the package instead, for example with 'apt-get remove headwater'."); err != nil {
			return err
		}
	}
	if state == StateRunning {
		if err := p.manager.Stop(); err != nil {
			return fmt.Errorf("stopping it first: %w", err)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.Changed = true
	r.Notes = append(r.Notes, "Configuration and logs stay in the state directory.")
	return p.manager.Uninstall()
}

func (p performer) start(ctx context.Context, r *Report) error {
	state, err := p.installed()
	if err != nil || state == StateRunning {
		return err
	}
	r.Changed = true
	return startWhenReady(ctx, p.manager.Start)
}

func (p performer) stop(_ context.Context, r *Report) error {
	state, err := p.installed()
	if err != nil || state == StateStopped {
		return err
	}
	r.Changed = true
	return p.manager.Stop()
}

func (p performer) restart(_ context.Context, r *Report) error {
	if _, err := p.installed(); err != nil {
		return err
	}
	r.Changed = true
	return p.manager.Restart()
}

// installed is the state of a service that has to be there.
func (p performer) installed() (State, error) {
	state, _ := p.state()
	if state == StateNotInstalled {
		e := hw.Errorf(hw.CodeNotFound, "The service is not installed.")
		e.Hint = "Install it with 'headwater service install'."
		return state, e
	}
	return state, nil
}

func isSystemd(platform string) bool { return platform == "linux-systemd" }
