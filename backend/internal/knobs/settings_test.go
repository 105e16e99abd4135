package knobs_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

// nouns are what settings are read from, each with the first word of its paths.
func nouns() map[string]reflect.Type {
	return map[string]reflect.Type{
		"upstream":   reflect.TypeFor[hw.Upstream](),
		"credential": reflect.TypeFor[hw.Credential](),
		"route":      reflect.TypeFor[hw.Route](),
		"app":        reflect.TypeFor[hw.App](),
		"key":        reflect.TypeFor[hw.Key](),
		"model":      reflect.TypeFor[hw.OwnModel](),
		"setting":    reflect.TypeFor[hw.Setting](),
		"drill":      reflect.TypeFor[hw.DrillSpec](),
		"schedule":   reflect.TypeFor[hw.DrillSchedule](),
	}
}

// settings lists the JSON paths of every field of every noun. A field with a
// closed list of values counts once for each of them: "check.kind=http".
func settings() []string {
	var found []string
	for name, noun := range nouns() {
		found = walk(found, name, noun)
	}
	slices.Sort(found)
	return found
}

func walk(found []string, at string, t reflect.Type) []string {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		path, inner := at+"."+name, f.Type
		if f.Anonymous && name == "" {
			path = at
		}
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch values := f.Tag.Get("enum"); {
		case inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]():
			found = walk(found, path, inner)
		case values != "":
			for value := range strings.SplitSeq(values, ",") {
				found = append(found, path+"="+value)
			}
		default:
			found = append(found, path)
		}
	}
	return found
}

// asides are the fields that no proof is wanted of, each with the reason.
func asides() map[string]string {
	const (
		identity = "says which document it is"
		shown    = "words for people"
		clock    = "says when a drill starts by itself, which no call notices; the tests of package schedule have it"
		access   = "who may ask at all is no matter of traffic; the tests of the gateway and its listeners have it"
	)
	out := map[string]string{
		"upstream.name": identity, "upstream.title": shown,
		"credential.name": identity, "credential.last4": shown,
		"credential.sealed": "the secret as it is kept; nobody sets it",
		"route.name":        identity, "route.title": shown,
		"app.name": identity, "app.title": shown, "app.routes": access, "app.state=enabled": access, "app.state=disabled": access,
		"key.name": identity, "key.app": identity, "key.secret_sha256": identity, "key.last4": shown,
		"key.expires_at": access, "key.state=enabled": access, "key.state=disabled": access,
		"model.title":   shown,
		"model.context": shown, "model.max_input": shown, "model.tools": shown, "model.schema": shown, "model.reasoning": shown,
		"model.price.input_audio": "no dialect counts sound apart, so nobody is billed by it", "model.price.output_audio": "as input_audio",
		"setting.name=installation":   identity,
		"setting.allowed_hosts":       access,
		"setting.call_retention_days": "how long the log is kept; no call notices",
		"drill.note":                  shown,
		"schedule.name":               identity, "schedule.title": shown,
		"schedule.at": clock, "schedule.every_days": clock, "schedule.first": clock, "schedule.state=enabled": clock, "schedule.state=disabled": clock,
	}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		out["schedule.days="+day] = clock
	}
	for _, closed := range []string{
		"model.kind=" + strings.Join(hw.ModelKinds(), ",model.kind="), "model.status=" + strings.Join(hw.ModelStages(), ",model.status="),
		"model.in=text,model.in=image,model.in=audio,model.in=video,model.in=pdf,model.in=file",
		"model.out=text,model.out=image,model.out=audio,model.out=video,model.out=pdf,model.out=embeddings,model.out=rerank",
	} {
		for setting := range strings.SplitSeq(closed, ",") {
			out[setting] = shown
		}
	}
	for _, setting := range walk(nil, "schedule.drill", reflect.TypeFor[hw.DrillSpec]()) {
		out[setting] = "the drill that it starts, as every drill is started"
	}
	for _, noun := range []string{"upstream", "credential", "route", "app", "key", "setting", "schedule", "model"} {
		for field, why := range map[string]string{
			"id": identity, "tenant": "says whose it is", "version": "counts its changes",
			"updated_at": "says when it was changed", "updated_by": "says who changed it",
		} {
			out[noun+"."+field] = why
		}
	}
	return out
}

// unproven compares the settings with the proofs: what has none, and what is
// proven, or set aside, that does not exist.
func unproven(all []string, proven, aside map[string]bool) (missing, unknown []string) {
	known := map[string]bool{}
	for _, setting := range all {
		known[setting] = true
		if !proven[setting] && !aside[setting] {
			missing = append(missing, setting)
		}
	}
	for _, names := range []map[string]bool{proven, aside} {
		for name := range names {
			if !known[name] {
				unknown = append(unknown, name)
			}
		}
	}
	slices.Sort(unknown)
	return missing, unknown
}

func TestEverySettingIsProvenAtTheWire(t *testing.T) {
	proven, aside := map[string]bool{}, map[string]bool{}
	for _, p := range proofs() {
		for _, setting := range p.settings {
			proven[setting] = true
		}
	}
	for setting := range maps.Keys(asides()) {
		aside[setting] = true
	}
	missing, unknown := unproven(settings(), proven, aside)
	if len(missing) > 0 {
		t.Errorf("settings without a proof:\n  %s", strings.Join(missing, "\n  "))
	}
	if len(unknown) > 0 {
		t.Errorf("proofs of what is no setting:\n  %s", strings.Join(unknown, "\n  "))
	}
	for name := range proven {
		if aside[name] {
			t.Errorf("%s is proven and set aside", name)
		}
	}
	runAll(t, proofs())
}

func TestAnUnprovenSettingAndAProofOfNothingAreFound(t *testing.T) {
	proven := map[string]bool{"a.x": true, "a.gone": true}
	missing, unknown := unproven([]string{"a.x", "a.y", "a.z"}, proven, map[string]bool{"a.z": true, "a.old": true})
	if !slices.Equal(missing, []string{"a.y"}) || !slices.Equal(unknown, []string{"a.gone", "a.old"}) {
		t.Errorf("missing %v, unknown %v", missing, unknown)
	}
	all := settings()
	for _, want := range []string{"upstream.health.trip_failures", "route.tiers.targets.weight", "upstream.check.kind=http", "drill.scope.apps", "upstream.maintenance_until"} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is not in the list", want)
		}
	}
}
