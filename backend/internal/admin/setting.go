package admin

import (
	"context"
	"encoding/json"

	"headwater/backend/hw"
)

// prepareSetting keeps the one settings document one.
func prepareSetting(_ *Service, e *edit) error {
	if e.after == nil {
		return hw.Errorf(hw.CodeUnsupported, "Settings cannot be deleted; take single fields back to their defaults instead.")
	}
	if after := e.after.(*hw.Setting); after.Name == "" {
		after.Name = hw.SettingName
	}
	if e.after.Head().Tenant != "" {
		return hw.Invalid([]hw.Problem{{Field: "tenant", Text: "must be empty: settings belong to the installation"}})
	}
	return nil
}

// Settings returns the installation's settings; the defaults, with version
// zero, when nobody has changed them.
func (s *Service) Settings(actor hw.Actor) (hw.Setting, error) {
	if err := permit(actor, hw.PermSettingsRead); err != nil {
		return hw.Setting{}, err
	}
	if d, ok := s.inForce.Load().named(hw.KindSetting, "", hw.SettingName).(*hw.Setting); ok {
		return *d, nil
	}
	return hw.Setting{Name: hw.SettingName}, nil
}

// UpdateSettings merges a JSON object into the settings (RFC 7396).
func (s *Service) UpdateSettings(ctx context.Context, actor hw.Actor, patch json.RawMessage) (hw.Setting, error) {
	row := rowOf(hw.KindSetting)
	if err := permit(actor, row.write); err != nil {
		return hw.Setting{}, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	before := s.inForce.Load().named(hw.KindSetting, "", hw.SettingName)
	base, err := documentFields(before)
	if err != nil {
		return hw.Setting{}, err
	}
	e, version, err := decodeEdit(row, before, base, patch)
	if err != nil {
		return hw.Setting{}, err
	}
	if before == nil {
		e.after.Head().ID = hw.NewIDFor(hw.KindSetting)
	} else if err := expect(before, version); err != nil {
		return hw.Setting{}, err
	}
	if err := s.complete(&e); err != nil {
		return hw.Setting{}, err
	}
	done, err := s.commitOne(ctx, actor, "update", e)
	if err != nil {
		return hw.Setting{}, err
	}
	return *done.Document.(*hw.Setting), nil
}
