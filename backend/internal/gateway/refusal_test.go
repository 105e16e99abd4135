package gateway

import "testing"

func TestOnlyTheClientsShapeOfErrorIsHandedOn(t *testing.T) {
	for body, want := range map[string]bool{
		`{"error":{"message":"no"}}`: true,
		`{"error":"no"}`:             false,
		`{"error":null}`:             false,
		`{"detail":"no"}`:            false,
		`["error"]`:                  false,
		`<html>`:                     false,
		``:                           false,
	} {
		if got := hasErrorObject([]byte(body)); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}
