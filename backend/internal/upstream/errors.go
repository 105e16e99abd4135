package upstream

import (
	"errors"

	"headwater/backend/hw"
)

// errNotFinal is returned for an answer that is none yet, such as a switch of
// protocols.
var errNotFinal = errors.New("no final answer")

// DialError is a failure before a connection existed: name look-up, refusal,
// time-out or the address guard.
type DialError struct{ cause error }

// Error implements error; for the log only, it names addresses.
func (e *DialError) Error() string { return "connecting: " + e.cause.Error() }

// Unwrap returns the network's error.
func (e *DialError) Unwrap() error { return e.cause }

// SendError is a failure while the request was being written: the upstream
// may have refused it before it had read it all, and its answer was lost with
// the connection.
type SendError struct{ cause error }

// Error implements error; for the log only, it names addresses.
func (e *SendError) Error() string { return "writing the request: " + e.cause.Error() }

// Unwrap returns the network's error.
func (e *SendError) Unwrap() error { return e.cause }

// TokenError is a failure to get the access token that a request needs: nothing
// was sent to the upstream.
type TokenError struct {
	// Refused is true where the issuer refused the credential itself; else its
	// server did not give a token for another reason, and nothing is known of the
	// credential.
	Refused bool
	// Words say what happened. They may be shown: no part of a secret is in them.
	Words string
	// Said is the same for other languages.
	Said  hw.Said
	cause error
}

// tokenError makes one of what is said; cause may be nil.
func tokenError(refused bool, cause error, said hw.Said) *TokenError {
	return &TokenError{Refused: refused, Words: said.Words(), Said: said, cause: cause}
}

// Error implements error; for the log.
func (e *TokenError) Error() string { return "getting an access token: " + e.Words }

// Unwrap returns the network's error; nil where there was an answer.
func (e *TokenError) Unwrap() error { return e.cause }
