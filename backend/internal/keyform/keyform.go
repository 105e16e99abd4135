// Package keyform reads the secrets that are more than a key: the JSON key of a
// Google service account and a client of Microsoft Entra, for which access
// tokens are minted.
//
// It asks no network and keeps nothing. Its one invariant: no error and no
// result but Account.Secret holds any part of what is secret.
package keyform

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"

	"headwater/backend/hw"
)

// Account is what access tokens are minted from.
type Account struct {
	// Issuer is one of the hw.TokenIssuer* constants.
	Issuer string
	// ID is the e-mail address of a service account, or the id of a client.
	ID string
	// KeyID tells the keys of one service account apart; empty for a client.
	KeyID string
	// Secret is the private key in PEM, or the client's secret.
	Secret string
	// TokenURL is where tokens are asked for, always with https; Scope is what for.
	TokenURL, Scope string
}

// The server that gives Google's tokens, and the scope of Vertex. Sources:
// developers.google.com, "Using OAuth 2.0 for Server to Server Applications", and
// the constants of golang.org/x/oauth2/google and google.golang.org/api/aiplatform/v1;
// read 2026-11.
const (
	googleTokenURL = "https://oauth2.googleapis.com/token" //nolint:gosec // an address, no secret
	googleScope    = "https://www.googleapis.com/auth/cloud-platform"
)

// The reasons why a secret cannot be used. They are shown to whoever enters it.
var (
	errNotJSON  = errors.New("begins like JSON and is none")
	errAccount  = errors.New("is no key of a Google service account: type must be service_account, with client_email and private_key")
	errKey      = errors.New("holds a private_key that is no RSA key of 1,024 to 8,192 bits in PEM form")
	errClient   = errors.New("is no client of Microsoft Entra: tenant_id, client_id and client_secret are needed")
	errTenant   = errors.New("holds a tenant that is neither an id nor a domain")
	errClientID = errors.New("holds a client id that is no id such as 00000000-0000-0000-0000-000000000000")
)

// Read finds out whether a secret is one for which the issuer mints tokens; nil
// means that it is sent as it is. host is the upstream's, which tells the cloud
// of its country. An error says what is wrong with a secret that cannot be meant
// to be sent as it is; its text goes behind the name of the field.
func Read(issuer, secret, host string) (*Account, error) {
	switch issuer {
	case hw.TokenIssuerGoogle:
		return readGoogle(secret)
	case hw.TokenIssuerEntra:
		return readEntra(secret, host)
	}
	return nil, nil //nolint:nilnil // most secrets are plain keys
}

func isObject(secret string) bool { return strings.HasPrefix(secret, "{") }

func readGoogle(secret string) (*Account, error) {
	if !isObject(secret) {
		return nil, nil //nolint:nilnil // a token that somebody else minted
	}
	var file struct {
		Type     string `json:"type"`
		Email    string `json:"client_email"`
		Key      string `json:"private_key"`
		KeyID    string `json:"private_key_id"`
		TokenURI string `json:"token_uri"`
	}
	if json.Unmarshal([]byte(secret), &file) != nil {
		return nil, errNotJSON
	}
	if file.Type != "service_account" || file.Email == "" || file.Key == "" {
		return nil, errAccount
	}
	if !isRSA(file.Key) {
		return nil, errKey
	}
	return &Account{
		Issuer: hw.TokenIssuerGoogle, ID: file.Email, KeyID: file.KeyID, Secret: file.Key,
		TokenURL: googleURL(file.TokenURI), Scope: googleScope,
	}, nil
}

// googleURL is the address that a key names, where it is Google's: no file may
// lead a signed request to somebody else.
func googleURL(named string) string {
	u, err := url.Parse(named)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Port() != "" || u.RawQuery != "" || u.Fragment != "" {
		return googleTokenURL
	}
	host := strings.ToLower(u.Hostname())
	if host != "googleapis.com" && !strings.HasSuffix(host, ".googleapis.com") {
		return googleTokenURL
	}
	return u.String()
}

// The bounds of a key: a larger one takes seconds to read and to sign with, and
// with a smaller one nothing is signed. Google's have 2,048 bits.
const (
	leastBits = 1024
	mostBits  = 8192
	mostPEM   = 8 << 10 // bytes; one of 8,192 bits has 6.4 KiB
)

func isRSA(text string) bool {
	if len(text) > mostPEM {
		return false
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		of, ok := parsed.(*rsa.PrivateKey)
		if err != nil || !ok {
			return false
		}
		key = of
	}
	bits := key.N.BitLen()
	return bits >= leastBits && bits <= mostBits
}

// clientJSON has the names of Headwater, of "az ad sp create-for-rbac", and of
// the same with --sdk-auth.
type clientJSON struct {
	TenantID     string `json:"tenant_id"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	AppID        string `json:"appId"`
	Tenant       string `json:"tenant"`
	Password     string `json:"password"`
	SDKClient    string `json:"clientId"`
	SDKSecret    string `json:"clientSecret"`
	SDKTenant    string `json:"tenantId"`
}

// clientOf takes a secret apart; false when it has the form of no client.
func clientOf(secret string) (tenant, id, key string, ok bool) {
	if isObject(secret) {
		var c clientJSON
		if json.Unmarshal([]byte(secret), &c) != nil {
			return "", "", "", false
		}
		return first(c.TenantID, c.Tenant, c.SDKTenant), first(c.ClientID, c.AppID, c.SDKClient), first(c.ClientSecret, c.Password, c.SDKSecret), true
	}
	tenant, rest, _ := strings.Cut(secret, ":")
	id, key, found := strings.Cut(rest, ":")
	return tenant, id, key, found && isGUID(id)
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func readEntra(secret, host string) (*Account, error) {
	tenant, id, key, ok := clientOf(secret)
	switch {
	case !ok && isObject(secret):
		return nil, errNotJSON
	case !ok:
		return nil, nil //nolint:nilnil // an API key, or a token that somebody else minted
	case tenant == "" || id == "" || key == "":
		return nil, errClient
	case !isTenant(tenant):
		return nil, errTenant
	case !isGUID(id):
		return nil, errClientID
	}
	cloud := cloudOf(host)
	return &Account{
		Issuer: hw.TokenIssuerEntra, ID: id, Secret: key,
		TokenURL: "https://" + cloud.login + "/" + tenant + "/oauth2/v2.0/token", Scope: cloud.scope,
	}, nil
}

type cloud struct{ login, scope string }

// The servers of Microsoft Entra. Source: learn.microsoft.com, "National clouds",
// section "Microsoft Entra authentication endpoints", read 2026-11.
const (
	loginGlobal = "login.microsoftonline.com"
	loginUS     = "login.microsoftonline.us"
	loginChina  = "login.partner.microsoftonline.cn"
)

// cloudOf tells Microsoft's clouds apart by the upstream's host, and Foundry's
// resources from those of Azure OpenAI, which have an audience of their own. No
// page of Microsoft's lists all of them. Sources of the scopes, read 2026-11:
// AzureOpenAIAudience in Azure.AI.OpenAI (global, United States),
// KnownFormRecognizerAudience in @azure/ai-form-recognizer (the same, and China);
// for Foundry "Deploy and use Claude models in Microsoft Foundry" and "Foundry Agent
// Service feature availability in Azure Government"; it is not in China.
func cloudOf(host string) cloud {
	host = strings.ToLower(host)
	for _, row := range []struct {
		suffix string
		cloud
	}{
		{".services.ai.azure.com", cloud{loginGlobal, "https://ai.azure.com/.default"}},
		{".services.ai.azure.us", cloud{loginUS, "https://ai.azure.us/.default"}},
		{".azure.us", cloud{loginUS, "https://cognitiveservices.azure.us/.default"}},
		{".azure.cn", cloud{loginChina, "https://cognitiveservices.azure.cn/.default"}},
	} {
		if strings.HasSuffix(host, row.suffix) {
			return row.cloud
		}
	}
	return cloud{loginGlobal, "https://cognitiveservices.azure.com/.default"}
}

// isTenant reports whether a tenant may stand in a path: an id or a domain.
func isTenant(text string) bool {
	const most = 128
	if len(text) > most || strings.Trim(text, ".") != text {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func isGUID(text string) bool {
	const length = 36
	if len(text) != length {
		return false
	}
	for i := range length {
		c := text[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return false
			}
		}
	}
	return true
}

// OneLine is a secret without the line breaks that stand in a file of JSON; any
// other secret stays as it is.
func OneLine(secret string) string {
	var line bytes.Buffer
	if !isObject(secret) || json.Compact(&line, []byte(secret)) != nil {
		return secret
	}
	return line.String()
}

// PublicID is the part of a secret by which it may be told apart, since it is
// none itself: the id of a service account's key, or that of a client. Empty
// means that the secret has no such part.
func PublicID(secret string) string {
	if isObject(secret) {
		var file struct {
			KeyID string `json:"private_key_id"`
		}
		if json.Unmarshal([]byte(secret), &file) == nil && file.KeyID != "" {
			return file.KeyID
		}
	}
	if _, id, _, ok := clientOf(secret); ok && isGUID(id) {
		return id
	}
	return ""
}
