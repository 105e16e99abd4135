package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// contender is one running proxy.
type contender struct {
	name, addr, key string
	pid             int
}

// bench is everything that was started.
type bench struct {
	dir      string
	settings settings
	mock     string
	started  []*exec.Cmd
}

// start runs a program until the bench ends; its talk goes to a file.
func (b *bench) start(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	out, err := os.Create(filepath.Join(b.dir, filepath.Base(name)+".log"))
	if err != nil {
		return nil, fmt.Errorf("making a log: %w", err)
	}
	defer func() { _ = out.Close() }() // the child keeps its own
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	b.started = append(b.started, cmd)
	return cmd, nil
}

// stop ends everything that was started, last first.
func (b *bench) stop() {
	for _, cmd := range slices.Backward(b.started) {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
	_ = os.RemoveAll(b.dir)
}

func freeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// awaitDial waits until somebody listens.
func awaitDial(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			_ = conn.Close()
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", addr, err)
		case <-tick.C:
		}
	}
}

func (b *bench) startMock(ctx context.Context) error {
	addr, err := freeAddr(ctx)
	if err != nil {
		return err
	}
	b.mock = addr
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	if _, err := b.start(ctx, self, "mock", addr); err != nil {
		return err
	}
	return awaitDial(ctx, addr)
}

// nginxConfig is a plain reverse proxy with keep-alive both ways and an access
// log, as Debian's nginx has it by default.
const nginxConfig = `worker_processes 2; daemon off; pid %[1]s/nginx.pid; error_log %[1]s/error.log warn;
worker_rlimit_nofile 20000;
events { worker_connections 4096; }
http {
  access_log %[1]s/access.log combined;
  client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
  tcp_nodelay on; keepalive_requests 100000000; client_body_buffer_size 128k;
  upstream up { server %[3]s; keepalive 512; keepalive_requests 100000000; }
  server { listen %[2]s; location / {
    proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_buffering off; } }
}
`

func (b *bench) startNginx(ctx context.Context) (contender, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return contender{}, err
	}
	dir := filepath.Join(b.dir, "nginx")
	if err := os.Mkdir(dir, 0o777); err != nil { //nolint:gosec // its workers run as another user
		return contender{}, fmt.Errorf("making nginx's folder: %w", err)
	}
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // as above, past the umask
		return contender{}, fmt.Errorf("opening nginx's folder: %w", err)
	}
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, dir, addr, b.mock), 0o600); err != nil {
		return contender{}, fmt.Errorf("writing nginx's configuration: %w", err)
	}
	cmd, err := b.start(ctx, "nginx", "-c", config, "-p", dir, "-e", dir+"/error.log")
	if err != nil {
		return contender{}, err
	}
	return contender{name: "nginx", addr: addr, key: "none", pid: cmd.Process.Pid}, awaitDial(ctx, addr)
}

// gatewayConfig has one route to the mock and one app whose key is hashed.
const gatewayConfig = `tenants: [{name: bench}]
upstreams: [{name: mock, provider: openai-compatible, base_url: "http://%s/v1", local: true, max_in_flight: 10000}]
credentials: [{name: mock, upstream: mock, secret: sk-bench}]
routes: [{name: bench, tiers: [{targets: [{upstream: mock, model: bench}]}]}]
apps: [{tenant: bench, name: bench, routes: ["*"]}]
keys: [{tenant: bench, name: bench, app: bench, secret_sha256: %s}]
`

// prepareState makes a configured state directory and returns the app's key.
func (b *bench) prepareState(ctx context.Context, dir string) (string, error) {
	key := "hw_" + rand.Text()
	sum := sha256.Sum256([]byte(key))
	config := filepath.Join(b.dir, "config.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, gatewayConfig, b.mock, hex.EncodeToString(sum[:])), 0o600); err != nil {
		return "", fmt.Errorf("writing the gateway's configuration: %w", err)
	}
	out, err := exec.CommandContext(ctx, b.settings.binary, "apply", "-f", config, "--state-dir", dir).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("configuring the gateway: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return key, nil
}

func (b *bench) startGateway(ctx context.Context, dir string, more ...string) (contender, error) {
	published := filepath.Join(dir, "addresses.json")
	_ = os.Remove(published) // of an earlier start
	args := append([]string{
		"run", "--state-dir", dir,
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--portal-listen", "127.0.0.1:0",
	}, more...)
	cmd, err := b.start(ctx, b.settings.binary, args...)
	if err != nil {
		return contender{}, err
	}
	var addresses struct{ Data string }
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(20 * time.Second); ; <-tick.C {
		raw, err := os.ReadFile(published)
		if err == nil && json.Unmarshal(raw, &addresses) == nil {
			return contender{name: "headwater", addr: addresses.Data, pid: cmd.Process.Pid}, nil
		}
		if time.Now().After(limit) {
			return contender{}, fmt.Errorf("waiting for the gateway's addresses: %w", err)
		}
	}
}
