package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ErrNoRecordings is returned where HEADWATER_TESTDATA names no folder.
var ErrNoRecordings = errors.New("HEADWATER_TESTDATA is not set: nothing to replay")

// The secrets of the suite. They open nothing outside of it.
const (
	callerKey  = "hw_conformance0000000000000000000000000"
	narrowKey  = "hw_conformance0000000000000000000narrow"
	vendorKey  = "sk-conformance-upstream"
	tenantName = "conformance"
)

// startWait is how long a process may take until it serves.
const startWait = 60 * time.Second

// Stage is the running scenery: the replay of recordings, the faulty test
// upstream, and a gateway in front of both.
type Stage struct {
	// BaseURL is what an SDK is configured with; Key the app's key, Narrow a
	// key of an app that may ask for one route only.
	BaseURL string `json:"base_url"`
	Key     string `json:"key"`
	Narrow  string `json:"narrow_key"`
	// VendorKey is the upstreams' credential, which no caller ever sees.
	VendorKey string `json:"vendor_key"`
	// ReplayURL is the replay server, for its index of what arrived.
	ReplayURL string `json:"replay_url"`
	// Version is what `headwater version` says, as "Headwater 1.2.3".
	Version string `json:"version"`
	// Cases are the recordings as calls.
	Cases []*Case `json:"cases"`
	// Refusals are recorded answers with status 400 or 422.
	Refusals []*Refusal `json:"refusals"`

	dir       string
	processes []*process
}

// Open reads the recordings and starts everything. Close must be called even
// after an error.
func Open(ctx context.Context) (*Stage, error) {
	s := &Stage{Key: callerKey, Narrow: narrowKey, VendorKey: vendorKey}
	data := os.Getenv("HEADWATER_TESTDATA")
	if data == "" {
		return s, ErrNoRecordings
	}
	traffic := filepath.Join(data, "traffic")
	records, err := readRecords(traffic, dialectChat, dialectEmbeddings, dialectAnthropic)
	if err != nil {
		return s, err
	}
	if s.Cases, err = Cases(records); err != nil {
		return s, err
	}
	s.Refusals = refusals(records)
	if s.dir, err = os.MkdirTemp("", "headwater-conformance-"); err != nil {
		return s, fmt.Errorf("making a folder: %w", err)
	}
	err = s.start(ctx, traffic)
	return s, err
}

func (s *Stage) start(ctx context.Context, traffic string) error {
	bin, err := s.binary(ctx)
	if err != nil {
		return err
	}
	if s.Version, err = askVersion(ctx, bin); err != nil {
		return err
	}
	replay, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(replay)
	s.ReplayURL = "http://" + replay
	if err := s.run(ctx, "replay", "node", filepath.Join(traffic, "replay.mjs"), "--dir", traffic, "--port", port); err != nil {
		return err
	}
	listening, faults := []string{replay}, []string{}
	for range faultGroups() {
		address, err := freeAddress(ctx)
		if err != nil {
			return err
		}
		if err := s.run(ctx, "test upstream", bin, "dev", "upstream", "--listen", address); err != nil {
			return err
		}
		listening, faults = append(listening, address), append(faults, "http://"+address+"/v1")
	}
	// A gateway that finds nobody at an address stops asking there for a while.
	for _, address := range listening {
		if err := s.awaitListening(ctx, address); err != nil {
			return err
		}
	}
	return s.gateway(ctx, bin, configuration(s, "http://"+replay+"/v1", faults))
}

// gateway starts headwater in a state directory of its own and gives it a
// configuration.
func (s *Stage) gateway(ctx context.Context, bin string, config []byte) error {
	state := filepath.Join(s.dir, "state")
	err := s.run(ctx, "headwater", bin, "run", "--state-dir", state,
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--portal-listen", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addresses, err := s.awaitAddresses(ctx, filepath.Join(state, "addresses.json"))
	if err != nil {
		return err
	}
	if err := s.awaitListening(ctx, addresses.Data); err != nil {
		return err
	}
	s.BaseURL = "http://" + addresses.Data + pathV1
	file := filepath.Join(s.dir, "headwater.yaml")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	out, err := exec.CommandContext(ctx, bin, "apply", "-f", file, "--state-dir", state).CombinedOutput()
	if err != nil {
		return fmt.Errorf("applying the configuration: %w: %s", err, short(string(out)))
	}
	return nil
}

func askVersion(ctx context.Context, bin string) (string, error) {
	version, err := exec.CommandContext(ctx, bin, "version", "--quiet").Output()
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", bin, err)
	}
	return "Headwater " + strings.TrimSpace(string(version)), nil
}

// pathV1 is what OpenAI's clients have in their base URL.
const pathV1 = "/v1"

// rootURL is the gateway's address, for clients that bring the whole path.
func (s *Stage) rootURL() string { return strings.TrimSuffix(s.BaseURL, pathV1) }

// binary is HEADWATER_BIN, or a fresh build.
func (s *Stage) binary(ctx context.Context) (string, error) {
	if bin := os.Getenv("HEADWATER_BIN"); bin != "" {
		return filepath.Abs(bin) //nolint:wrapcheck // fails only without a working directory
	}
	root, err := repositoryRoot()
	if err != nil {
		return "", err
	}
	bin := filepath.Join(s.dir, "headwater")
	build := exec.CommandContext(ctx, "go", "build", "-o", bin, "./backend/cmd/headwater")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building headwater: %w: %s", err, out)
	}
	return bin, nil
}

// repositoryRoot is the folder whose go.mod is the product's.
func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(text, []byte("module headwater\n")) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("finding the repository: no go.mod of headwater above this folder")
		}
		dir = parent
	}
}

// freeAddress finds a loopback port for a process that cannot choose one.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

type addresses struct {
	Data string `json:"data"`
}

// awaitAddresses waits for the file that tells where the gateway listens.
func (s *Stage) awaitAddresses(ctx context.Context, file string) (addresses, error) {
	var a addresses
	err := s.await(ctx, "the gateway's addresses", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(text, &a) == nil && a.Data != ""
	})
	return a, err
}

func (s *Stage) awaitListening(ctx context.Context, address string) error {
	var dialer net.Dialer
	return s.await(ctx, address, func() bool {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// await polls until something is so, a process has died or time is up.
func (s *Stage) await(ctx context.Context, what string, so func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		for _, p := range s.processes {
			if p.dead() {
				return fmt.Errorf("waiting for %s: %s ended: %s", what, p.name, p.tail())
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		}
	}
	return nil
}

// Log is the end of what the gateway has logged.
func (s *Stage) Log() string {
	for _, p := range s.processes {
		if p.name == "headwater" {
			return p.tail()
		}
	}
	return ""
}

// Close ends every process, the gateway first, and removes the folder.
func (s *Stage) Close() error {
	var errs []error
	for _, p := range slices.Backward(s.processes) {
		p.stop()
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
