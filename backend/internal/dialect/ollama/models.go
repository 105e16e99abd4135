package ollama

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"headwater/backend/internal/dialect"
)

// version is the release of Ollama whose API callers may expect. Some clients
// refuse to talk to a server that is older than what they need.
const version = "0.12.0"

// wireModel is a row of a model list.
type wireModel struct {
	Name       string       `json:"name"`
	Model      string       `json:"model"`
	ModifiedAt string       `json:"modified_at"`
	Size       int64        `json:"size"`
	Digest     string       `json:"digest"`
	Details    modelDetails `json:"details"`
}

// modelDetails are the same for every model: what file it comes from is not
// known here.
type modelDetails struct {
	ParentModel       string   `json:"parent_model"`
	Format            string   `json:"format"`
	Family            string   `json:"family"`
	Families          []string `json:"families"`
	ParameterSize     string   `json:"parameter_size"`
	QuantizationLevel string   `json:"quantization_level"`
}

func details() modelDetails { return modelDetails{Families: []string{}} }

// modifiedAt is when a model was made; clients demand a valid time.
func modifiedAt(m dialect.Model) string {
	return time.Unix(m.Created, 0).UTC().Format(time.RFC3339)
}

// Models renders the model list, or what the server tells of itself.
func (Inbound) Models(op dialect.Operation, models []dialect.Model) []byte {
	if op.Name == nameVersion {
		return mustJSON(struct {
			Version string `json:"version"`
		}{version})
	}
	list := struct {
		Models []wireModel `json:"models"`
	}{make([]wireModel, 0, len(models))}
	if op.Name == namePs { // models are not loaded here, but elsewhere
		return mustJSON(list)
	}
	for _, m := range models {
		// Clients take the digest for the identity of a model's file.
		sum := sha256.Sum256([]byte(m.ID))
		list.Models = append(list.Models, wireModel{
			Name: m.ID, Model: m.ID, ModifiedAt: modifiedAt(m), Digest: hex.EncodeToString(sum[:]), Details: details(),
		})
	}
	return mustJSON(list)
}

// Model renders one model, as show does.
func (Inbound) Model(_ dialect.Operation, m dialect.Model) []byte {
	return mustJSON(struct {
		License      string         `json:"license"`
		Modelfile    string         `json:"modelfile"`
		Parameters   string         `json:"parameters"`
		Template     string         `json:"template"`
		Details      modelDetails   `json:"details"`
		ModelInfo    map[string]any `json:"model_info"`
		Capabilities []string       `json:"capabilities"`
		ModifiedAt   string         `json:"modified_at"`
	}{
		Details: details(), ModelInfo: map[string]any{"general.basename": m.ID},
		Capabilities: []string{"completion", "tools"}, ModifiedAt: modifiedAt(m),
	})
}

// ReadModels reads an upstream's model list.
func (Outbound) ReadModels(body []byte) ([]dialect.Model, error) {
	var list struct {
		Error  json.RawMessage `json:"error"`
		Models []struct {
			Name       looseText `json:"name"`
			Model      looseText `json:"model"`
			ModifiedAt looseText `json:"modified_at"`
		} `json:"models"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, malformed("reading the model list: " + err.Error())
	}
	if isSet(list.Error) {
		return nil, faultOf(body)
	}
	models := make([]dialect.Model, 0, len(list.Models))
	for _, m := range list.Models {
		id := m.Model // what a request must name; name is for people
		if id == "" {
			id = m.Name
		}
		if id != "" {
			models = append(models, dialect.Model{ID: string(id), Created: unix(string(m.ModifiedAt)), OwnedBy: name})
		}
	}
	return models, nil
}

// unix reads a time of the wire; zero when it is none.
func unix(text string) int64 {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0
	}
	return max(at.Unix(), 0)
}
