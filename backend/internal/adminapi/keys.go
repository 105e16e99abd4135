package adminapi

import "headwater/backend/hw"

// keyRows are the five operations of every noun; the creation also answers
// the secret, once.
func (s *Server) keyRows() []operation {
	return documentRows[hw.Key, hw.KeyInput, hw.CreatedKey](s, hw.KindKey, "keys", hw.PermAppsRead, hw.PermAppsWrite)
}
