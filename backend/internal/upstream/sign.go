package upstream

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The dialect whose upstreams take signed requests, what they are signed for,
// and the region where none can be read from the address.
const (
	bedrock       = "bedrock"
	signedService = bedrock
	signedRegion  = "us-east-1"
)

// awsKeys takes a secret apart that is a pair of AWS keys rather than an API
// key: ACCESS_KEY_ID:SECRET_ACCESS_KEY, and for temporary ones a session token
// behind a further colon. The ids of both begin as AWS says (IAM user guide,
// "Unique identifiers").
func awsKeys(secret string) (aws.Credentials, bool) {
	id, rest, ok := strings.Cut(secret, ":")
	if !ok || !strings.HasPrefix(id, "AKIA") && !strings.HasPrefix(id, "ASIA") {
		return aws.Credentials{}, false
	}
	key, session, _ := strings.Cut(rest, ":")
	return aws.Credentials{AccessKeyID: id, SecretAccessKey: key, SessionToken: session}, key != ""
}

// sign adds the fields that prove who sends a request, which has its content
// type already.
func sign(ctx context.Context, h http.Header, keys aws.Credentials, r *proven, now time.Time) {
	req := &http.Request{Method: r.method, URL: r.to, Host: r.to.Host, Header: http.Header{"Content-Type": h["Content-Type"]}}
	sum := sha256.Sum256(r.body)
	err := v4.NewSigner().SignHTTP(ctx, keys, req, hex.EncodeToString(sum[:]), signedService, regionOf(r.to.Hostname()), now)
	if err != nil {
		return // no clock, no hash and no key of ours makes it fail
	}
	for _, name := range [...]string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		if values := req.Header[name]; len(values) > 0 {
			h[name] = values
		}
	}
}

// regionOf reads the region from a host such as
// bedrock-runtime.eu-central-1.amazonaws.com or that of a private endpoint.
func regionOf(host string) string {
	labels := strings.Split(host, ".")
	for i, label := range labels[:len(labels)-1] {
		if strings.HasPrefix(label, "bedrock-runtime") {
			return labels[i+1]
		}
	}
	return signedRegion
}
