package conformance

import (
	"cmp"
	"context"
	"fmt"
	"os"
)

// MatrixStage is the running scenery of the matrix: test upstreams and a
// gateway that reaches them in every way.
type MatrixStage struct {
	Version string `json:"version"`
	// Targets are the columns: one for each outbound, and Direct.
	Targets []Target `json:"targets"`
	// Notes say which cells need not be green.
	Notes MatrixNotes `json:"notes"`

	stage *Stage
}

// Target is one column of the matrix as a client meets it.
type Target struct {
	// Name is that of the outbound, or Direct.
	Name string `json:"name"`
	// Root is the base URL without any path; Key opens it, WrongKey does not.
	Root     string `json:"root"`
	Key      string `json:"key"`
	WrongKey string `json:"wrong_key"`
	// Models maps what a model does to the name that the client asks for.
	Models map[string]string `json:"models"`
}

// OpenMatrix starts everything; agents is the URL of a vendor for coding agents,
// if there is one. Close must be called even after an error.
func OpenMatrix(ctx context.Context, agents string) (*MatrixStage, error) {
	m := &MatrixStage{stage: &Stage{Key: callerKey}}
	var err error
	if m.stage.dir, err = os.MkdirTemp("", "headwater-matrix-"); err != nil {
		return m, fmt.Errorf("making a folder: %w", err)
	}
	err = m.start(ctx, agents)
	return m, err
}

func (m *MatrixStage) start(ctx context.Context, agents string) error {
	s := m.stage
	bin, err := s.binary(ctx)
	if err != nil {
		return err
	}
	if m.Version, err = askVersion(ctx, bin); err != nil {
		return err
	}
	well, err := m.upstream(ctx, bin)
	if err != nil {
		return err
	}
	failing := map[string]string{}
	for _, o := range Outbounds() {
		if failing[o.Name], err = m.upstream(ctx, bin); err != nil {
			return err
		}
	}
	if err := s.gateway(ctx, bin, matrixConfiguration(well, failing, agents)); err != nil {
		return err
	}
	m.Targets = targets(s.rootURL(), well)
	m.Notes, err = ReadMatrixNotes()
	return err
}

// upstream starts one test upstream and returns its URL once it serves.
func (m *MatrixStage) upstream(ctx context.Context, bin string) (string, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return "", err
	}
	if err := m.stage.run(ctx, "test upstream", bin, "dev", "upstream", "--listen", address); err != nil {
		return "", err
	}
	return "http://" + address, m.stage.awaitListening(ctx, address)
}

// targets describes the columns. What a test asks of a model is the same in
// all of them; only the direct one has the vendor's own ways to refuse.
func targets(gateway, upstream string) []Target {
	does := map[string]string{
		"ok": modelOK, "tools": modelTools, "schema": modelSchema, "vision": modelVision,
		"long": modelLong, "rate": modelRate, "server": modelServer,
	}
	named := func(name func(model string) string) map[string]string {
		out := map[string]string{}
		for what, model := range does {
			out[what] = name(model)
		}
		return out
	}
	var all []Target
	for _, o := range Outbounds() {
		models := named(func(model string) string { return matrixRoute(o.Name, model) })
		models["missing"] = "no-such-model"
		models["embed"] = matrixRoute(o.Name, cmp.Or(o.Embeds, modelOK))
		all = append(all, Target{o.Name, gateway, callerKey, "hw_wrong", models})
	}
	models := named(func(model string) string { return model })
	models["missing"], models["embed"] = "no-model", modelOK
	return append(all, Target{Direct, upstream, vendorKey, "sk-revoked", models})
}

// Log is the end of what the gateway has logged.
func (m *MatrixStage) Log() string { return m.stage.Log() }

// Close ends every process and removes the folder.
func (m *MatrixStage) Close() error { return m.stage.Close() }
