package upstream

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"headwater/backend/internal/snapshot"
)

// proof is one way in which a request shows who sends it: with a key, with an
// access token that was minted for it, or by a signature.
type proof interface {
	// add puts the fields of the proof into h, which has all others already.
	add(ctx context.Context, h http.Header, r proven)
}

// proven is what a proof may have to cover of a request.
type proven struct {
	method string
	to     *url.URL
	body   []byte
}

// noProof is for upstreams that ask for none.
type noProof struct{}

func (noProof) add(context.Context, http.Header, proven) {}

// shown is a secret, or an access token, that is sent along.
type shown struct{ header, scheme, value string }

func (s shown) add(_ context.Context, h http.Header, _ proven) {
	value := s.value
	if s.scheme != "" {
		value = s.scheme + " " + value
	}
	h[http.CanonicalHeaderKey(s.header)] = []string{value}
}

// bearer is an access token, which goes to the same place everywhere.
func bearer(token string) shown { return shown{"Authorization", "Bearer", token} }

// signed is for a pair of keys that never leaves this machine.
type signed struct{ keys aws.Credentials }

func (s signed) add(ctx context.Context, h http.Header, r proven) {
	sign(ctx, h, s.keys, &r, time.Now())
}

// proofOf makes the proof of a target's credential. Only a token may take time:
// errors are *TokenError.
func (p *Pool) proofOf(ctx context.Context, up *snapshot.Upstream, credential *snapshot.Credential) (proof, error) {
	provider := &up.Provider
	if credential == nil || provider.AuthHeader == "" {
		return noProof{}, nil
	}
	if credential.Account != nil {
		token, err := p.tokens.get(ctx, up, credential)
		if err != nil {
			return nil, err
		}
		return bearer(token), nil
	}
	if provider.Dialect == bedrock {
		if keys, ok := awsKeys(credential.Secret); ok {
			return signed{keys}, nil
		}
	}
	return shown{provider.AuthHeader, provider.AuthScheme, credential.Secret}, nil
}
