package adminapi

import (
	"time"

	"headwater/backend/hw"
)

// Row is what a test may know of an operation. Method is empty for what only
// a socket has.
type Row struct {
	ID, Method, Path, Summary string
	Permission                hw.Permission
	RESTOnly                  bool
}

// Rows is the table, and the streams.
func Rows() []Row {
	var rows []Row
	for _, o := range new(Server).operations() {
		rows = append(rows, Row{o.id, o.method, o.path, o.summary, o.permission, o.restOnly})
	}
	for _, st := range streams() {
		rows = append(rows, Row{ID: st.method, Permission: st.permission})
	}
	return rows
}

// Impatient makes sockets wait less for a sign-in.
func Impatient(s *Server, wait time.Duration) { s.authTimeout = wait }
