package gateway

import (
	"net/http"
	"testing"

	"headwater/backend/hw"
)

func TestSharedCause(t *testing.T) {
	bad := func(classes ...hw.Class) (all []tried) {
		for _, class := range classes {
			all = append(all, tried{class: class})
		}
		return all
	}
	rows := []struct {
		name  string
		all   []tried
		code  hw.Code
		mixed bool
	}{
		{"a bad key", bad(hw.ClassAuth, hw.ClassAuth), hw.CodeUpstreamAuth, false},
		{"no credit", bad(hw.ClassQuota, hw.ClassQuota), hw.CodeUpstreamQuota, false},
		{"a bad key here, no credit there", bad(hw.ClassAuth, hw.ClassQuota), hw.CodeUpstreamAuth, true},
		{"in whichever order", bad(hw.ClassQuota, hw.ClassAuth, hw.ClassQuota), hw.CodeUpstreamAuth, true},
		{"and a third that is out", bad(hw.ClassQuota, hw.ClassAuth, hw.ClassUnreachable), hw.CodeNoHealthyUpstream, false},
		{"and a third that is rate limited", bad(hw.ClassRate, hw.ClassAuth, hw.ClassQuota), hw.CodeNoHealthyUpstream, false},
		{
			"what a person took out of use has no say",
			[]tried{{class: hw.ClassAuth}, {class: hw.ClassQuota, out: true}, {class: hw.ClassQuota, unfit: true}},
			hw.CodeUpstreamAuth, false,
		},
		{"nothing was there to ask", nil, hw.CodeNoHealthyUpstream, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			code := judge(row.all)
			if code != row.code || mixed(code, row.all) != row.mixed {
				t.Errorf("%s, mixed %v", code, mixed(code, row.all))
			}
			if row.mixed && code.Info().Status != http.StatusBadGateway {
				t.Errorf("the status is %d", code.Info().Status)
			}
		})
	}
}
