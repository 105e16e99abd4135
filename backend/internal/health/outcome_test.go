package health

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

var errRefused = &net.OpError{
	Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 9, 8, 7), Port: 443},
	Err: os.NewSyscallError("connect", syscall.ECONNREFUSED),
}

func fault(reason dialect.Reason, status int) *dialect.Fault {
	return &dialect.Fault{Detail: dialect.ErrorDetail{Reason: reason, Status: status}}
}

func wrapped(err error) error {
	return fmt.Errorf("sending to up at 10.9.8.7:443: %w", err)
}

// Every row of the table of outcome classes, by its signals.
func TestClassify(t *testing.T) {
	type want struct {
		class      hw.Class
		scope      Scope
		counted    bool
		quarantine bool
		retry      Retry
	}
	var (
		success     = want{hw.ClassOK, ScopeNone, true, false, RetryNone}
		nobodys     = want{hw.ClassNeutral, ScopeNone, false, false, RetryNone}
		callers     = want{hw.ClassNeutral, ScopeNone, false, false, RetryNever}
		own         = want{hw.ClassNeutral, ScopeNone, false, false, RetryNext}
		unconnected = want{hw.ClassUnreachable, ScopeEndpoint, true, false, RetrySame}
		unreachable = want{hw.ClassUnreachable, ScopeEndpoint, true, false, RetryNext}
		failed      = want{hw.ClassFailed, ScopeModel, true, false, RetryNext}
		overloaded  = want{hw.ClassOverloaded, ScopeModel, true, false, RetryNext}
		slow        = want{hw.ClassSlow, ScopeModel, true, false, RetryNext}
		loading     = want{hw.ClassLoading, ScopeModel, false, false, RetryNext}
		rate        = want{hw.ClassRate, ScopeTarget, true, false, RetryNext}
		rateOfKey   = want{hw.ClassRate, ScopeCredential, true, false, RetryNext}
		quota       = want{hw.ClassQuota, ScopeCredential, false, true, RetryNext}
		auth        = want{hw.ClassAuth, ScopeCredential, false, true, RetryNext}
		noModel     = want{hw.ClassNoModel, ScopeTarget, false, true, RetryNext}
		tooLong     = want{hw.ClassContextLength, ScopeNone, false, false, RetryNever}
		policy      = want{hw.ClassContentPolicy, ScopeNone, false, false, RetryNever}
	)
	detail := func(reason dialect.Reason) dialect.ErrorDetail { return dialect.ErrorDetail{Reason: reason} }
	rows := []struct {
		name  string
		facts Facts
		want  want
		cause string
	}{
		{"200", Facts{Status: 200}, success, ""},
		{"204", Facts{Status: 204}, success, ""},

		{"own cancel", Facts{Status: 500, OwnCancel: true}, nobodys, "cancelled by Headwater"},
		{"caller gone", Facts{Err: io.EOF, Phase: PhaseBody, CallerGone: true}, nobodys, "the caller hung up"},
		{"caller gone during a timeout", Facts{TimedOut: TimeoutIdle, CallerGone: true}, nobodys, "the caller hung up"},
		{"the call's deadline", Facts{TimedOut: TimeoutDeadline, Err: context.Canceled}, nobodys, "the call's deadline was reached"},
		{"cancelled context", Facts{Err: wrapped(context.Canceled), Phase: PhaseHead}, nobodys, "the call ended"},
		{"context deadline", Facts{Err: wrapped(context.DeadlineExceeded), Phase: PhaseBody}, nobodys, "the call ended"},
		{"nothing known", Facts{}, nobodys, "the attempt ended without an answer or an error"},
		{"a credential that its issuer refuses", Facts{Token: &TokenFailure{Refused: true, Words: "Google refused the service account: invalid_grant"}, Phase: PhaseConnect}, auth, "Google refused the service account: invalid_grant"},
		{"an issuer that cannot be asked", Facts{Token: &TokenFailure{Words: "no token"}, Err: wrapped(errRefused), TimedOut: TimeoutFirstByte, Phase: PhaseConnect}, want{hw.ClassUnreachable, ScopeTarget, true, false, RetryNext}, "no token"},
		{"a call that ends while it waits for its token", Facts{Token: &TokenFailure{Words: "no token"}, TimedOut: TimeoutDeadline}, nobodys, "the call's deadline was reached"},
		{"our open files", Facts{Err: wrapped(syscall.EMFILE), Phase: PhaseConnect}, own, "too many open files on this machine"},
		{"our local ports", Facts{Err: wrapped(syscall.EADDRNOTAVAIL), Phase: PhaseConnect}, own, "no free local port on this machine"},

		{"400", Facts{Status: 400}, callers, "HTTP 400"},
		{"409", Facts{Status: 409}, callers, "HTTP 409"},
		{"413", Facts{Status: 413}, callers, "HTTP 413"},
		{"422", Facts{Status: 422}, callers, "HTTP 422"},
		{"405", Facts{Status: 405}, callers, "HTTP 405"},
		{"418 and other unlisted 4xx", Facts{Status: 418}, callers, "HTTP 418"},
		{"451", Facts{Status: 451}, callers, "HTTP 451"},
		{"400 by reason", Facts{Status: 500, Detail: detail(dialect.ReasonBadRequest)}, callers, "HTTP 500"},
		{"404 about something the caller named", Facts{Status: 404, Detail: dialect.ErrorDetail{Type: "invalid_request_error"}}, callers, "HTTP 404 invalid_request_error"},
		{"400 in 200", Facts{Status: 200, Fault: fault(dialect.ReasonBadRequest, 0)}, callers, "error inside the answer"},
		{"context overflow", Facts{Status: 400, Detail: detail(dialect.ReasonContextLength)}, tooLong, "HTTP 400"},
		{"content policy", Facts{Status: 400, Detail: detail(dialect.ReasonContentPolicy)}, policy, "HTTP 400"},
		{"content policy as 403", Facts{Status: 403, Detail: detail(dialect.ReasonContentPolicy)}, policy, "HTTP 403"},

		{"DNS", Facts{Err: wrapped(&net.DNSError{Name: "up.internal", IsNotFound: true}), Phase: PhaseConnect}, unconnected, "host name not found"},
		{"DNS server", Facts{Err: wrapped(&net.DNSError{Name: "up.internal"}), Phase: PhaseConnect}, unconnected, "host name look-up failed"},
		{"refused", Facts{Err: wrapped(errRefused), Phase: PhaseConnect}, unconnected, "connection refused"},
		{"refused on Windows", Facts{Err: wrapped(syscall.Errno(10061)), Phase: PhaseConnect}, unconnected, "connection refused"},
		{"no route", Facts{Err: wrapped(syscall.EHOSTUNREACH), Phase: PhaseConnect}, unconnected, "no route to the host"},
		{"expired certificate", Facts{Err: wrapped(x509.CertificateInvalidError{Reason: x509.Expired}), Phase: PhaseConnect}, unconnected, "TLS certificate expired or not yet valid"},
		{"unknown authority", Facts{Err: wrapped(x509.UnknownAuthorityError{}), Phase: PhaseConnect}, unconnected, "TLS certificate not trusted"},
		{"connect timer", Facts{TimedOut: TimeoutConnect}, unconnected, "connecting took too long"},
		{"TLS timer", Facts{TimedOut: TimeoutTLS}, unconnected, "the TLS handshake took too long"},
		{"dialler's deadline", Facts{Err: wrapped(context.DeadlineExceeded), Phase: PhaseConnect}, unconnected, "connecting took too long"},
		{"odd connect error", Facts{Err: errors.New("10.9.8.7 exploded"), Phase: PhaseConnect}, unconnected, "connection failed"},
		{"reset while sending", Facts{Err: wrapped(syscall.ECONNRESET), Phase: PhaseSend}, own, "connection reset while the request was sent"},
		{"a pipe broken while sending", Facts{Err: wrapped(syscall.EPIPE), Phase: PhaseSend}, own, "connection closed while the request was sent"},
		{"reset before the head", Facts{Err: wrapped(syscall.ECONNRESET), Phase: PhaseHead}, unreachable, "connection reset before an answer"},
		{"closed before the head", Facts{Err: wrapped(io.EOF), Phase: PhaseHead}, unreachable, "connection closed before an answer"},

		{"500", Facts{Status: 500}, failed, "HTTP 500"},
		{"501 and other unlisted 5xx", Facts{Status: 501}, failed, "HTTP 501"},
		{"redirect", Facts{Status: 302}, failed, "HTTP 302"},
		{"404 without an API behind it", Facts{Status: 404}, failed, "HTTP 404"},
		{"malformed", Facts{Status: 200, Fault: &dialect.Fault{Malformed: true}}, failed, "malformed answer"},
		{"truncated", Facts{Status: 200, Fault: &dialect.Fault{Truncated: true}}, failed, "the stream ended without its proper end"},
		{"error in 200", Facts{Status: 200, Fault: &dialect.Fault{}}, failed, "error inside the answer"},
		{"500 in 200", Facts{Status: 200, Fault: fault("", 500)}, failed, "error inside the answer"},
		{"body cut", Facts{Status: 200, Err: wrapped(io.ErrUnexpectedEOF), Phase: PhaseBody}, failed, "the answer broke off: connection closed"},

		{"502", Facts{Status: 502}, overloaded, "HTTP 502"},
		{"503", Facts{Status: 503}, overloaded, "HTTP 503"},
		{"504", Facts{Status: 504}, overloaded, "HTTP 504"},
		{"529", Facts{Status: 529}, overloaded, "HTTP 529"},
		{"498", Facts{Status: 498}, overloaded, "HTTP 498"},
		{"overloaded in 200", Facts{Status: 200, Fault: fault(dialect.ReasonOverloaded, 529)}, overloaded, "error inside the answer"},
		{"503 whose body broke off", Facts{Status: 503, Err: io.EOF, Phase: PhaseBody}, overloaded, "HTTP 503"},

		{"first byte", Facts{TimedOut: TimeoutFirstByte, Err: context.Canceled}, slow, "no content in time"},
		{"idle", Facts{Status: 200, TimedOut: TimeoutIdle, Err: context.Canceled}, slow, "silence inside the answer"},
		{"408", Facts{Status: 408}, slow, "HTTP 408"},

		{"loading", Facts{Status: 503, Detail: detail(dialect.ReasonLoading)}, loading, "HTTP 503"},

		{"429", Facts{Status: 429}, rate, "HTTP 429"},
		{"429 whose body timed out", Facts{Status: 429, TimedOut: TimeoutIdle}, rate, "HTTP 429"},
		{"rate in 200", Facts{Status: 200, Fault: fault(dialect.ReasonRate, 429)}, rate, "error inside the answer"},
		{"429 of the key, as the header says", Facts{Status: 429, Header: map[string][]string{"X-Ratelimit-Type": {"UserByMinute"}}}, rateOfKey, "HTTP 429"},
		{"429 of one model, as the header says", Facts{Status: 429, Header: map[string][]string{"X-Ratelimit-Type": {"UserByModelByMinute"}}}, rate, "HTTP 429"},
		{"429 of the project", Facts{Status: 429, Detail: dialect.ErrorDetail{Message: "quotaId: GenerateRequestsPerMinutePerProject-FreeTier"}}, rateOfKey, "HTTP 429"},
		{"429 of the project's model", Facts{Status: 429, Detail: dialect.ErrorDetail{Message: "GenerateRequestsPerMinutePerProjectPerModel"}}, rate, "HTTP 429"},

		{"402", Facts{Status: 402}, quota, "HTTP 402"},
		{"429 insufficient_quota", Facts{Status: 429, Detail: dialect.ErrorDetail{Code: "insufficient_quota"}}, quota, "HTTP 429 insufficient_quota"},
		{"429 by reason", Facts{Status: 429, Detail: detail(dialect.ReasonQuota)}, quota, "HTTP 429"},
		{"quota as 400", Facts{Status: 400, Detail: detail(dialect.ReasonQuota)}, quota, "HTTP 400"},

		{"401", Facts{Status: 401}, auth, "HTTP 401"},
		{"403", Facts{Status: 403}, auth, "HTTP 403"},
		{"407", Facts{Status: 407}, auth, "HTTP 407"},
		{"key refused as 400", Facts{Status: 400, Detail: detail(dialect.ReasonAuth)}, auth, "HTTP 400"},

		{"404 that names the model", Facts{Status: 404, Detail: detail(dialect.ReasonNoModel)}, noModel, "HTTP 404"},
		{"403 that names the model", Facts{Status: 403, Detail: detail(dialect.ReasonNoModel)}, noModel, "HTTP 403"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			o := Classify(row.facts, time.Now())
			got := want{o.Class, o.Scope, o.Counted, o.Quarantine, o.Retry}
			if got != row.want {
				t.Errorf("got %+v\nwant %+v", got, row.want)
			}
			if o.Cause != row.cause {
				t.Errorf("cause %q, want %q", o.Cause, row.cause)
			}
			if o.Hint != 0 {
				t.Errorf("hint %s without any header", o.Hint)
			}
			if strings.Contains(o.Cause, "10.9.8.7") || strings.Contains(o.Cause, "internal") {
				t.Errorf("the cause holds an address: %q", o.Cause)
			}
		})
	}
}

func TestClassify_hints(t *testing.T) {
	after := map[string][]string{"Retry-After": {"7"}}
	spent := map[string][]string{"X-Ratelimit-Remaining-Requests": {"0"}, "X-Ratelimit-Reset-Requests": {"6m0s"}}
	rows := []struct {
		name  string
		facts Facts
		want  time.Duration
		scope Scope
	}{
		{"rate", Facts{Status: 429, Header: after}, 7 * time.Second, ScopeTarget},
		{"overloaded", Facts{Status: 503, Header: after}, 7 * time.Second, ScopeModel},
		{"quota", Facts{Status: 402, Header: after}, 7 * time.Second, ScopeCredential},
		{"loading", Facts{Status: 503, Header: after, Detail: dialect.ErrorDetail{Reason: dialect.ReasonLoading}}, 7 * time.Second, ScopeModel},
		{"rate inside a success", Facts{Status: 200, Header: after, Fault: fault(dialect.ReasonRate, 0)}, 7 * time.Second, ScopeTarget},
		{"a failure's is not asked", Facts{Status: 500, Header: after}, 0, ScopeModel},
		{"a refused key's is not asked", Facts{Status: 401, Header: after}, 0, ScopeCredential},
		{"a caller's error has none", Facts{Status: 400, Header: after}, 0, ScopeNone},
		{"a success that was the last one", Facts{Status: 200, Header: spent}, 360 * time.Second, ScopeTarget},
		{"a success does not speak of Retry-After", Facts{Status: 200, Header: after}, 0, ScopeNone},
		{"a success with some left", Facts{Status: 200, Header: map[string][]string{
			"X-Ratelimit-Remaining-Requests": {"1"}, "X-Ratelimit-Reset-Requests": {"6m0s"},
		}}, 0, ScopeNone},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			o := Classify(row.facts, time.Now())
			if o.Hint != row.want || o.Scope != row.scope {
				t.Errorf("hint %s at %s, want %s at %s", o.Hint, o.Scope, row.want, row.scope)
			}
			if row.facts.Fault == nil && row.facts.Status == 200 && o.Class != hw.ClassOK {
				t.Errorf("class %s for a success", o.Class)
			}
		})
	}
}

// The upstream's own words reach the log only as far as they are a plain code.
func TestClassify_causeHoldsNoProse(t *testing.T) {
	for _, word := range []string{"key sk-123 is bad", "a\nb", strings.Repeat("x", 65), "ключ"} {
		o := Classify(Facts{Status: 401, Detail: dialect.ErrorDetail{Code: word, Message: "sk-123"}}, time.Now())
		if o.Cause != "HTTP 401" {
			t.Errorf("cause %q for code %q", o.Cause, word)
		}
	}
}

func TestParseHint(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	const s = time.Second
	rows := []struct {
		name   string
		header map[string][]string
		text   string
		want   time.Duration
	}{
		{"seconds", map[string][]string{"Retry-After": {"20"}}, "", 20 * s},
		{"fraction", map[string][]string{"Retry-After": {"0.25"}}, "", s / 4},
		{"spaces", map[string][]string{"Retry-After": {" 20 "}}, "", 20 * s},
		{"HTTP date", map[string][]string{"Retry-After": {"Sun, 22 Nov 2026 10:01:00 GMT"}}, "", 60 * s},
		{"old date spelling", map[string][]string{"Retry-After": {"Sunday, 22-Nov-26 10:01:00 GMT"}}, "", 60 * s},
		{"date in the past", map[string][]string{"Retry-After": {"Sun, 22 Nov 2026 09:00:00 GMT"}}, "", 0},
		{"milliseconds", map[string][]string{"Retry-After-Ms": {"1500"}}, "", 1500 * time.Millisecond},
		{"Azure's milliseconds", map[string][]string{"X-Ms-Retry-After-Ms": {"1500"}}, "", 1500 * time.Millisecond},
		{"the later of two", map[string][]string{"Retry-After-Ms": {"1500"}, "Retry-After": {"2"}}, "", 2 * s},
		{"the later of two values", map[string][]string{"Retry-After": {"2", "5"}}, "", 5 * s},
		{"duration", map[string][]string{"X-Ratelimit-Reset-Requests": {"1m30s"}}, "", 90 * s},
		{"duration above the cap", map[string][]string{"X-Ratelimit-Reset-Tokens": {"6m0s"}}, "", 360 * s},
		{"the exhausted limit's reset", map[string][]string{
			"X-Ratelimit-Remaining-Requests": {"99"}, "X-Ratelimit-Reset-Requests": {"2m0s"},
			"X-Ratelimit-Remaining-Tokens": {"0"}, "X-Ratelimit-Reset-Tokens": {"12ms"},
		}, "", 12 * time.Millisecond},
		{"no reset of limits with something left", map[string][]string{
			"X-Ratelimit-Remaining-Requests": {"99"}, "X-Ratelimit-Reset-Requests": {"2m0s"},
		}, "", 0},
		{"Retry-After before resets", map[string][]string{
			"Retry-After": {"3"}, "X-Ratelimit-Remaining-Tokens": {"0"}, "X-Ratelimit-Reset-Tokens": {"60s"},
		}, "", 3 * s},
		{"Anthropic", map[string][]string{
			"Anthropic-Ratelimit-Requests-Remaining": {"0"}, "Anthropic-Ratelimit-Requests-Reset": {"2026-11-22T10:00:30Z"},
		}, "", 30 * s},
		{"since 1970 in milliseconds", map[string][]string{"X-Ratelimit-Reset": {fmt.Sprint(now.Add(9 * s).UnixMilli())}}, "", 9 * s},
		{"since 1970 in seconds", map[string][]string{"X-Ratelimit-Reset": {fmt.Sprint(now.Add(9 * s).Unix())}}, "", 9 * s},
		{"the draft standard", map[string][]string{"Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"9"}}, "", 9 * s},
		{"OpenAI's prose", nil, "Rate limit reached. Please try again in 6.5s. Visit us.", 6500 * time.Millisecond},
		{"prose in words", nil, "please retry after 20 seconds", 20 * s},
		{"prose in minutes", nil, "try again in 2 minutes.", 120 * s},
		{"Gemini's prose", nil, "Please retry in 34.074824224s.", 34074824224},
		{"Gemini's RetryInfo", nil, `{"@type":"…RetryInfo","retryDelay": "34s"}`, 34 * s},
		{"cap", map[string][]string{"Retry-After": {"86400"}}, "", hintLongest},
		{"huge", map[string][]string{"Retry-After": {"1e300"}}, "", hintLongest},
		{"infinite", map[string][]string{"Retry-After": {"Inf"}}, "", 0},
		{"negative", map[string][]string{"Retry-After": {"-5"}}, "", 0},
		{"not a number", map[string][]string{"Retry-After": {"NaN"}}, "", 0},
		{"word", map[string][]string{"Retry-After": {"soon"}}, "", 0},
		{"empty", map[string][]string{"Retry-After": {""}}, "", 0},
		{"no values", map[string][]string{"Retry-After": nil, "X-Ratelimit-Remaining": nil}, "", 0},
		{"long", map[string][]string{"Retry-After": {strings.Repeat("9", 1000)}}, "", 0},
		{"prose junk", nil, "try again in a moment, retry in .s or retry after", 0},
		{"nothing", nil, "", 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := ParseHint(row.header, dialect.ErrorDetail{Message: row.text}, now)
			if diff := got - row.want; diff < 0 || diff > time.Microsecond {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func FuzzParseHint(f *testing.F) {
	for _, seed := range []string{"20", "0.5", "6m0s", "Sun, 22 Nov 2026 10:01:00 GMT", "2026-11-22T10:00:30Z", "NaN", "1e309", "-1", "99999999999999"} {
		f.Add(seed, seed, "try again in "+seed)
	}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, after, reset, text string) {
		h := map[string][]string{
			"Retry-After": {after}, "Retry-After-Ms": {after}, "X-Ratelimit-Reset-Requests": {reset},
			"X-Ratelimit-Remaining-Tokens": {"0"}, "X-Ratelimit-Reset-Tokens": {reset},
		}
		got := ParseHint(h, dialect.ErrorDetail{Message: text}, now)
		if got < 0 || got > hintLongest {
			t.Fatalf("hint %s is out of bounds", got)
		}
		if explicit := parseWait(after, now); got < explicit {
			t.Fatalf("hint %s is earlier than Retry-After's %s", got, explicit)
		}
	})
}
