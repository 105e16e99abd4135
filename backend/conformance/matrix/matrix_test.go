package matrix

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"headwater/conformance"
)

// scene is the one running stage of this test binary, outcome what it came to;
// both are set by TestMain only.
var (
	scene   *conformance.MatrixStage
	outcome conformance.MatrixResult
)

func TestMain(m *testing.M) {
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	s, err := conformance.OpenMatrix(ctx, "")
	cancel()
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		fmt.Fprintln(os.Stderr, s.Log())
	} else {
		scene = s
		code = m.Run()
	}
	for _, err := range []error{outcome.Save("go"), s.Close()} {
		if err != nil {
			fmt.Fprintln(os.Stderr, "matrix:", err)
			code = 1
		}
	}
	os.Exit(code)
}

func TestMatrix(t *testing.T) {
	for _, client := range Clients() {
		t.Run(client.Name, func(t *testing.T) {
			sdk := client.Module + " " + moduleVersion(t, client.Module)
			for _, target := range scene.Targets {
				t.Run(target.Name, func(t *testing.T) { testTarget(t, client, sdk, target) })
			}
		})
	}
	t.Run("as a whole", func(t *testing.T) {
		green, of := outcome.Green()
		share := 100 * float64(green) / float64(max(of, 1))
		fmt.Printf("Go matrix: green %d of %d (%.2f %%)\n", green, of, share)
		if share < leastGreen {
			t.Errorf("%.2f %% of the cells are green, wanted %.0f %%", share, leastGreen)
		}
	})
}

// leastGreen is the share, in percent, that must be green however well the
// others are explained.
const leastGreen = 95.0

func testTarget(t *testing.T, client Client, sdk string, target conformance.Target) {
	caller, err := client.Connect(target.Root, target.Key)
	if err != nil {
		t.Fatal(err)
	}
	e := &exam{client, target, caller}
	for _, f := range features() {
		t.Run(f.name, func(t *testing.T) {
			cell := e.cell(t, f)
			outcome.Add(client.Name, sdk, scene.Version, cell)
			why := conformance.Find(scene.Notes.Explained, client.Name, target.Name, f.name)
			switch {
			case cell.State == conformance.Absent:
				t.Skip("not applicable: " + cell.Detail)
			case cell.State == conformance.Red && why != "":
				t.Skip("explained: " + why)
			case cell.State == conformance.Red:
				t.Error(cell.Detail)
			case why != "":
				t.Error("is green now, take it out of matrix.json")
			}
		})
	}
}

// cell runs one check.
func (e *exam) cell(t *testing.T, f feature) conformance.MatrixCell {
	t.Helper()
	cell := conformance.MatrixCell{Outbound: e.target.Name, Feature: f.name, State: conformance.Green}
	cell.Detail = e.client.Lacks[f.name]
	if cell.Detail == "" {
		cell.Detail = conformance.Find(scene.Notes.Absent, e.client.Name, e.target.Name, f.name)
	}
	if cell.Detail != "" {
		cell.State = conformance.Absent
		return cell
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := f.check(ctx, e); err != nil {
		cell.State, cell.Detail = conformance.Red, words(err)
	}
	return cell
}

// moduleVersion is the client as go.mod pins it; a test binary carries no list
// of its modules.
func moduleVersion(t *testing.T, module string) string {
	t.Helper()
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\t"+module+" ")
	version, _, _ := strings.Cut(after, "\n")
	return version
}
