package ossvc

import (
	_ "embed"
	"fmt"
	"path"
	"strings"
	"text/template"
	"unicode"

	"headwater/backend/hw"
)

// unitTemplate is the one systemd unit of the product.
//
//go:embed unit.tmpl
var unitTemplate string

// Unit is what varies between one systemd unit of ours and another.
type Unit struct {
	// Executable is the absolute path of the program.
	Executable string
	// Arguments follow it on the command line.
	Arguments []string
	// User is the account the service runs as; its group has the same name.
	User string
	// Documentation is a URI shown by systemctl status; empty leaves it out.
	Documentation string
}

// DefaultUnit is the unit as the packages install it.
func DefaultUnit() Unit {
	return Unit{
		Executable: "/usr/bin/headwater",
		Arguments:  []string{"run", "--service"},
		User:       User,
	}
}

// Render gives the text of a systemd unit. It refuses what a unit file cannot
// carry, so that a path never becomes a directive.
func Render(u Unit) (string, error) {
	if !path.IsAbs(u.Executable) || strings.ContainsAny(u.Executable, "$\"'\\") {
		return "", hw.Errorf(hw.CodeBadRequest, "A service needs an absolute path without quotes, dollar signs or backslashes; got %q.", u.Executable).At("executable")
	}
	for _, text := range append([]string{u.Executable, u.User, u.Documentation}, u.Arguments...) {
		if strings.ContainsFunc(text, unicode.IsControl) {
			return "", hw.Errorf(hw.CodeBadRequest, "A unit file cannot carry control characters; got %q.", text)
		}
	}
	t, err := template.New("unit").Funcs(template.FuncMap{"word": word}).Parse(unitTemplate)
	if err != nil {
		panic("bug: unit template: " + err.Error())
	}
	var b strings.Builder
	data := struct {
		Unit
		Description, AdminGroup string
	}{u, description, AdminGroup}
	if err := t.Execute(&b, data); err != nil {
		return "", fmt.Errorf("rendering the systemd unit: %w", err)
	}
	return b.String(), nil
}

// word writes one word of ExecStart= so that systemd reads it back unchanged
// (systemd.service(5), "Command lines"; specifiers: systemd.unit(5)).
func word(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`).Replace(s)
	if s == "" || strings.ContainsAny(s, " ;'") {
		return `"` + s + `"`
	}
	return s
}
