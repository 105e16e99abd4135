package appliance

import (
	"testing"

	"headwater/backend/hw"
)

func TestOnlyAProvidersOwnAddressSpeaksForIt(t *testing.T) {
	for _, row := range []struct {
		p       hw.Provider
		address string
		own     bool
	}{
		{hw.Provider{BaseURL: "https://api.example.com/v1"}, "https://api.example.com/v1", true},
		{hw.Provider{BaseURL: "https://api.example.com/v1/"}, "https://api.example.com/v1", true},
		{hw.Provider{BaseURL: "https://api.example.com/v1"}, "https://proxy.example.com/v1", false},
		{hw.Provider{BaseTemplate: "https://${RESOURCE}.openai.azure.com/openai/v1"}, "https://acme.openai.azure.com/openai/v1", true},
		{hw.Provider{BaseTemplate: "https://${RESOURCE}.openai.azure.com/openai/v1"}, "https://a/b.openai.azure.com/openai/v1", false},
		{hw.Provider{BaseTemplate: "https://${RESOURCE}.openai.azure.com/openai/v1"}, "https://acme.openai.azure.com.example.com/openai/v1", false},
		{hw.Provider{BaseTemplate: "https://${L}-aiplatform.googleapis.com/v1/projects/${P_2}/locations/${L}"}, "https://us-east5-aiplatform.googleapis.com/v1/projects/x/locations/us-east5", true},
		{hw.Provider{BaseURL: "http://127.0.0.1:8080/v1", Local: true}, "http://10.0.0.7:9000/v1", true},
		{hw.Provider{}, "https://anything.example.com", false},
		{hw.Provider{}, "", false},
	} {
		if got := ownAddress(&row.p, row.address); got != row.own {
			t.Errorf("%s%s and %s: %v", row.p.BaseURL, row.p.BaseTemplate, row.address, got)
		}
	}
}
