package admin

import "headwater/backend/hw"

// prepareTenant keeps a tenant's name: its documents, its keys' calls and the
// audit chain all refer to it, for good.
func prepareTenant(_ *Service, e *edit) error {
	if e.before == nil || e.after == nil || e.before.Label() == e.after.Label() {
		return nil
	}
	return hw.Invalid([]hw.Problem{{Field: "name", Text: "cannot be changed; give the tenant a title instead"}})
}
