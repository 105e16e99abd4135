package snapshot

import "headwater/backend/hw"

// schedule refuses one whose drill names what does not exist. Calls know
// nothing of schedules, so the snapshot carries none.
func (c *compiler) schedule(d *hw.DrillSchedule) {
	unknown := d.Drill.Unknown(func(kind hw.Kind, tenant, name string) bool {
		if tenant != "" {
			return c.taken[takenName{kind, scoped{tenant, name}}]
		}
		for taken := range c.taken {
			if taken.kind == kind && taken.name == name {
				return true
			}
		}
		return false
	})
	for _, p := range unknown {
		c.add(d, "drill."+p.Field, "%s", p.Text)
	}
}
