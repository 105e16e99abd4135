package gateway

import (
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
)

// runOneByOne goes on with an attempt that is made of several requests, since its
// model takes one text at a time; the first of them was answered. The next is
// sent when the one before has been read: the attempt has one place at its target,
// and one row in the log. The first that fails is its failure; what those before
// it used is billed.
func (x *exchange) runOneByOne(wire dialect.Wire) health.Outcome {
	for left := maxAnswer; ; {
		body, err := readBody(x.resp.Body, x.resp.Header, left, x.progress)
		if err != nil {
			return x.fail(err)
		}
		left -= len(body)
		if x.usage, err = x.translate.Part(body); err != nil {
			return x.fail(err)
		}
		if x.first == 0 {
			x.first = time.Since(x.start)
			x.ticket.FirstByte(time.Now()) // what the target usually takes is for one text
		}
		if len(wire.More) == 0 {
			break
		}
		wire.Body, wire.More = wire.More[0], wire.More[1:]
		if err := x.sendNext(wire); err != nil {
			return x.fail(err)
		}
		if x.resp.Status >= 300 {
			return x.readError()
		}
	}
	var err error
	if x.held, x.usage, err = x.translate.Parts(nil); err != nil {
		return x.fail(err)
	}
	x.ended = true
	return health.Outcome{Class: hw.ClassOK}
}

// sendNext makes a further request of an attempt. It counts against the
// credential's own limit, but is sent where that is reached: half an answer is none.
func (x *exchange) sendNext(wire dialect.Wire) error {
	if cred := x.target.Credential; cred != nil && cred.Allowance != nil {
		cred.Allowance.Take(time.Now())
	}
	_ = x.resp.Body.Close() // it was read to its end
	x.progress()
	x.facts.Phase = health.PhaseHead
	resp, err := x.send(wire)
	if err != nil {
		return err
	}
	resp.ConnectTime += x.resp.ConnectTime
	x.resp = resp
	x.facts.Phase, x.facts.Status, x.facts.Header = health.PhaseBody, resp.Status, resp.Header
	return nil
}
