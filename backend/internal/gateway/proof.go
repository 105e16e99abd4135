package gateway

import (
	"encoding/json"
	"time"

	"headwater/backend/internal/cache"
	"headwater/backend/internal/dialect"
)

// What is kept of signed reasoning, for clients that do not send it back.
const (
	maxProofs = 16 << 20 // bytes
	proofAge  = 24 * time.Hour
)

// keepProof keeps what a vendor wants back with a tool call.
func (g *Gateway) keepProof(c *Call, callID string, p dialect.Proof) {
	body, err := json.Marshal(p)
	if err != nil {
		return // no proof of ours can fail to be written
	}
	g.proofs.Put(c.proofKey(callID), cache.Entry{Body: body, At: time.Now()})
}

// findProof looks one up; those of other tenants do not exist.
func (g *Gateway) findProof(c *Call, callID string) (dialect.Proof, bool) {
	e, ok := g.proofs.Get(c.proofKey(callID), proofAge, time.Now())
	var p dialect.Proof
	if !ok || json.Unmarshal(e.Body, &p) != nil {
		return dialect.Proof{}, false
	}
	return p, true
}

func (c *Call) proofKey(callID string) cache.Key {
	return cache.KeyOfWords("proof", c.app().Tenant.Name, callID)
}
