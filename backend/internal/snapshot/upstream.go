package snapshot

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/keyform"
	"headwater/backend/internal/limit"
)

func (c *compiler) upstream(d *hw.Upstream) {
	provider, ok := c.facts.Provider(d.Provider)
	if !ok {
		c.add(d, "provider", "is not in the catalogue: %q", d.Provider)
		return
	}
	address := cmp.Or(d.BaseURL, provider.BaseURL)
	if address == "" {
		form := ""
		if provider.BaseTemplate != "" {
			form = ": " + provider.BaseTemplate
		}
		c.add(d, "base_url", "is required: provider %q has an address for each site%s", d.Provider, form)
		return
	}
	if strings.Contains(address, "${") {
		c.add(d, "base_url", "must have the site's own values in place of ${NAMES}")
		return
	}
	if provider.Dialect == "ollama" {
		// Its OpenAI road, which earlier configurations name, is found behind it.
		address = strings.TrimSuffix(strings.TrimRight(address, "/"), "/v1")
	}
	base, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil {
		c.add(d, "base_url", "must be a URL such as https://api.example.com/v1")
		return
	}
	up := &Upstream{
		ID: d.ID, Name: d.Name, Tenant: d.Tenant, Provider: provider, Base: base,
		Enabled: d.State == "" || d.State == hw.StateEnabled, Local: d.Local || provider.Local,
		Timeouts: Timeouts{
			Connect:   orDefault(d.Timeouts.ConnectMs, defaultConnect),
			TLS:       orDefault(d.Timeouts.TLSMs, defaultTLS),
			FirstByte: orDefault(d.Timeouts.FirstByteMs, 0),
			Idle:      orDefault(d.Timeouts.IdleMs, defaultIdle),
		},
		maxInFlight: d.MaxInFlight,
		policy:      policyOf(d), operator: operatorOf(d.State), until: d.MaintenanceUntil, Check: checkOf(d, provider), Probe: cmp.Or(d.Health.Probe, hw.ProbeCall),
	}
	if d.CACertificates != "" {
		up.RootCAs = systemRoots()
		if !up.RootCAs.AppendCertsFromPEM([]byte(d.CACertificates)) {
			c.add(d, "ca_certificates", "must hold at least one PEM certificate")
			return
		}
	}
	up.Fingerprint = fingerprint(up, d.CACertificates)
	up.address = base.String()
	c.upstreams[scoped{d.Tenant, d.Name}] = up
	c.out.Upstreams = append(c.out.Upstreams, up)
}

func policyOf(d *hw.Upstream) *health.Policy {
	h := &d.Health
	return &health.Policy{
		TripFailures: h.TripFailures, TripSamples: h.TripSamples, TripRatio: float64(h.TripPercent) / 100,
		WaitFirst: orDefault(h.WaitFirstMs, 0), WaitMost: orDefault(h.WaitMostMs, 0), Ramp: orDefault(h.RampMs, 0),
		SuspectAfter: orDefault(h.SuspectAfterMs, 0), HintMost: orDefault(h.HintMostMs, 0),
		QuotaFirst: orDefault(h.QuotaFirstMs, 0), QuotaMost: orDefault(h.QuotaMostMs, 0),
		AuthFirst: orDefault(h.AuthFirstMs, 0), AuthMost: orDefault(h.AuthMostMs, 0),
		Rise: d.Check.Rise, Fall: d.Check.Fall,
	}
}

// operatorOf is the state that a person's word gives to an upstream's targets.
func operatorOf(state string) hw.HealthState {
	switch state {
	case hw.StateDraining:
		return hw.HealthDraining
	case hw.StateMaintenance:
		return hw.HealthMaintenance
	case hw.StateDisabled:
		return hw.HealthDisabled
	}
	return ""
}

func checkOf(d *hw.Upstream, provider hw.Provider) Check {
	c := &d.Check
	kind := cmp.Or(c.Kind, hw.CheckModels)
	if provider.ID == hw.ProviderSimulator {
		kind = hw.CheckOff // it lives as long as we do
	}
	return Check{
		Kind: kind, Path: c.Path, Contains: c.Contains, Status: c.Status, Slow: orDefault(c.SlowMs, 0),
		Interval: orDefault(c.IntervalMs, defaultCheckInterval), Timeout: orDefault(c.TimeoutMs, defaultCheckTimeout),
	}
}

// systemRoots copies the system's pool; an empty one where the system has none.
func systemRoots() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return x509.NewCertPool() // a site with no system trust still has its own
	}
	return pool
}

// fingerprint digests everything a connection depends on.
func fingerprint(up *Upstream, ca string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%v|%v|%s", up.ID, up.Base, up.Local, up.Timeouts, ca))
	return hex.EncodeToString(sum[:16])
}

func (c *compiler) credential(d *hw.Credential) {
	up := c.upstreams[scoped{d.Tenant, d.Upstream}]
	if up == nil {
		c.add(d, "upstream", "refers to upstream %q, which does not exist", d.Upstream)
		return
	}
	secret, err := c.facts.Unseal(d.ID, d.Sealed)
	if err != nil {
		c.add(d, "secret", "cannot be opened with this installation's key; enter the secret again")
		return
	}
	account, err := keyform.Read(up.Provider.TokenIssuer, secret, up.Base.Hostname())
	if err != nil {
		c.add(d, "secret", "%s", err)
		return
	}
	up.Credentials = append(up.Credentials, &Credential{
		ID: d.ID, Name: d.Name, Secret: secret, Account: account, Weight: max(d.Weight, 1), Enabled: enabled(d.State),
		ExpiresAt: d.ExpiresAt, Allowance: c.allowance(d),
		scope: d.ID + "@" + strconv.FormatInt(d.Version, 10),
	})
}

// allowance is nil for a credential without limits.
func (c *compiler) allowance(d *hw.Credential) *limit.Allowance {
	if d.RequestsPerMinute == 0 && d.TokensPerMinute == 0 {
		return nil
	}
	level := &limit.Level{}
	if c.facts.Level != nil {
		level = c.facts.Level(d.ID)
	}
	return &limit.Allowance{Level: level, Requests: d.RequestsPerMinute, Tokens: d.TokensPerMinute}
}

// makeTargets spreads one reference over the upstream's credentials. A pool
// that is switched off gives no target: the tier stays and the next one
// answers. An upstream that a person took out of use keeps its targets, which
// say so.
func makeTargets(up *Upstream, ref hw.RouteTarget) []*Target {
	if len(up.Credentials) == 0 {
		return []*Target{makeTarget(up, nil, ref)}
	}
	var targets []*Target
	sum := 0
	for _, cred := range up.Credentials {
		if cred.Enabled {
			sum += cred.Weight
			targets = append(targets, makeTarget(up, cred, ref))
		}
	}
	for _, t := range targets {
		t.Weight *= float64(t.Credential.Weight) / float64(sum)
	}
	return targets
}

func makeTarget(up *Upstream, cred *Credential, ref hw.RouteTarget) *Target {
	t := &Target{Upstream: up, Credential: cred, Model: ref.Model, Weight: float64(max(ref.Weight, 1))}
	t.Endpoint = endpoint(up.Base)
	// A target that passes the caller's model on has one health for all of
	// them: the names are the caller's and must not grow our state.
	t.Target.Model = up.ID + "|" + ref.Model
	t.MaxInFlight, t.Policy, t.FreeCheck = up.maxInFlight, up.policy, up.Check.Kind != hw.CheckOff
	t.Operator, t.OperatorUntil = up.operator, up.until
	t.ID = t.Target.Model
	if cred != nil {
		t.Target.Credential, t.Expires = cred.scope, cred.ExpiresAt
		if cred.Allowance != nil {
			t.Allowance = cred.Allowance
		}
		t.ID += "|" + cred.ID
	}
	return t
}

// endpoint is scheme, host and port, the port made explicit.
func endpoint(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return u.Scheme + "://" + net.JoinHostPort(u.Hostname(), port)
}
