package testupstream

import (
	"net/http"
	"strings"
)

// Azure serves OpenAI's models by the names of their deployments. It wants a
// version of its API with each request, and filters what goes in and what comes
// out. Its errors, the filters' first event and their fields are those of
// recorded answers (2025).

// azureVendor is what Azure's endpoints have in common.
type azureVendor struct{ openaiVendor }

func asAzure(x *exchange) vendor { return azureVendor{openaiVendor{x}} }

// azureErrors are Azure's own code and text by the name of the fault; where one
// is missing they are OpenAI's.
func azureErrors() map[string][2]string {
	return map[string][2]string{
		"auth":     {"401", "Access denied: the subscription key is invalid or the endpoint is of another region."},
		"no-model": {"DeploymentNotFound", "The API deployment for this resource does not exist."},
		"rate":     {"429", "Requests to this operation have exceeded the call rate limit of the pricing tier."},
	}
}

func (v azureVendor) failure(e vendorError, status int) reply {
	own, known := azureErrors()[e.name]
	if !known {
		return v.openaiVendor.failure(e, status)
	}
	return reply{status: e.statusOr(status), body: mustJSON(map[string]any{"error": map[string]string{"code": own[0], "message": own[1]}})}
}

// azureChat is OpenAI's chat with what the filters say of it.
type azureChat struct{ openaiChat }

const (
	azureFiltered = `"content_filter_results":{},`
	azurePrompt   = `"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]`
)

func (c *azureChat) whole() []byte {
	text := strings.Replace(string(c.openaiChat.whole()), `"choices":[{`, `"choices":[{`+azureFiltered, 1)
	return []byte(strings.TrimSuffix(text, "}") + "," + azurePrompt + "}")
}

// frames begin with what the filter says of the prompt: an event that names no
// model and has no choice.
func (c *azureChat) frames() []frame {
	out := []frame{{kind: frameLead, data: `{"choices":[],"created":0,"id":"","model":"","object":"",` + azurePrompt + `}`}}
	for _, f := range c.openaiChat.frames() {
		f.data = strings.Replace(f.data, `"choices":[{`, `"choices":[{`+azureFiltered, 1)
		out = append(out, f)
	}
	return out
}

// azureRoute finds the routes that Azure has: below a deployment, which is the
// model whatever the body says, and that of Responses.
func azureRoute(path string) (route, bool) {
	if strings.HasSuffix(path, "/openai/responses") {
		return versioned(route{method: http.MethodPost, vendor: asResponses, serve: func(x *exchange) bool { return x.chat(&responsesChat{exchange: x}) }}), true
	}
	_, after, _ := strings.Cut(path, "/deployments/")
	name, rest, _ := strings.Cut(after, "/")
	for _, row := range suffixRoutes() {
		if name == "" || rest == "responses" || row.suffix != "/"+rest {
			continue
		}
		found := row.route
		found.vendor, found.model = asAzure, unescaped(name)
		if rest == "chat/completions" {
			found.serve = func(x *exchange) bool { return x.chat(&azureChat{openaiChat{exchange: x}}) }
		}
		return versioned(found), true
	}
	return route{method: http.MethodPost, vendor: asAzure, model: unescaped(name)}, name != ""
}

// versioned refuses a request without the version of the API.
func versioned(r route) route {
	serve := r.serve
	r.serve = func(x *exchange) bool {
		if x.query.Get("api-version") == "" {
			return x.refuse(http.StatusNotFound, "Resource not found")
		}
		return serve(x)
	}
	return r
}
