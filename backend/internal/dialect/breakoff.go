package dialect

import "headwater/backend/hw"

// Numbered is implemented by an Encoder or a Watcher of a dialect whose events
// have numbers.
type Numbered interface {
	// Next is the number of the event that would come next.
	Next() int
}

// NumbersErrors is implemented by an Inbound whose StreamError has a number.
type NumbersErrors interface {
	// NumberedError is StreamError with the number of its event.
	NumberedError(number int, err *hw.Error, requestID string) []byte
}

// breakOff renders the error that ends a stream, with the number that follows
// those of its events; events is who has counted them.
func (x *translation) breakOff(events any, err *hw.Error, requestID string) []byte {
	in, ok := x.in.(NumbersErrors)
	if counted, counts := events.(Numbered); ok && counts {
		return in.NumberedError(counted.Next(), err, requestID)
	}
	return x.in.StreamError(x.opts.Op, err, requestID)
}

// Break tells of an error after what was encoded.
func (x *translation) Break(err *hw.Error, requestID string) []byte {
	return x.breakOff(x.enc, err, requestID)
}

// Break tells of an error after what was forwarded.
func (x *relay) Break(err *hw.Error, requestID string) []byte {
	return x.breakOff(x.watch, err, requestID)
}
