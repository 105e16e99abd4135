//go:build unix

package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the raw connections

	"headwater/backend/internal/store"
	"headwater/backend/internal/store/storetest"
)

func TestPostgreSQL(t *testing.T) { storetest.Run(t, postgres(t)) }

// postgres starts a private server for the test and returns what makes engines
// on it, each with a schema of its own, which is quicker to make than a database
// and the same to the store. It listens on a socket in its own directory only.
// Without the server's programs the test is skipped.
func postgres(t *testing.T) func(t *testing.T) storetest.Engine {
	t.Helper()
	programs := postgresPrograms()
	if programs == "" {
		t.Skip("SKIPPED: NO POSTGRESQL HERE: the store is not tested on it; install the package postgresql")
	}
	dir, err := os.MkdirTemp("", "headwater-pg-") //nolint:usetesting // another user has to get through to it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("removing the server's files: %v", err)
		}
	})
	as := serverUser(t, dir)
	data := filepath.Join(dir, "data")
	initdb := exec.CommandContext(t.Context(), filepath.Join(programs, "initdb"),
		"--pgdata="+data, "--username=headwater", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("making a PostgreSQL cluster: %v\n%s", err, out)
	}
	serve(t, as, programs, data, dir)

	admin := storetest.Raw(t, "pgx", serverSource(dir, "public"))
	var engines atomic.Int64
	return func(t *testing.T) storetest.Engine {
		t.Helper()
		name := "engine_" + strconv.FormatInt(engines.Add(1), 10)
		if _, err := admin.ExecContext(t.Context(), "CREATE SCHEMA "+name); err != nil {
			t.Fatal(err)
		}
		source := serverSource(dir, name)
		db := storetest.Raw(t, "pgx", source)
		return storetest.Engine{
			Config: store.Config{PostgresDSN: source, Log: storetest.Log(), AuditKey: storetest.AuditKey()},
			Raw:    db,
			State:  db,
		}
	}
}

// serverSource is the connection string of a schema of the server's database.
func serverSource(dir, schema string) string {
	return fmt.Sprintf("host=%s user=headwater dbname=postgres search_path=%s sslmode=disable", dir, schema)
}

// serve runs the server until the test ends.
func serve(t *testing.T, as *syscall.SysProcAttr, programs, data, socket string) {
	t.Helper()
	// Not fsynced: what is tested is the SQL, not PostgreSQL's durability.
	server := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(programs, "postgres"), "-D", data, "-k", socket,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50", "-c", "shared_buffers=16MB")
	server.SysProcAttr, server.Dir = as, socket
	server.WaitDelay = 10 * time.Second
	messages, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	started := make(chan error, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		started <- awaitReady(messages)
		_, _ = io.Copy(io.Discard, messages) // a full pipe would stop the server
	}()
	t.Cleanup(func() {
		// SIGINT is PostgreSQL's fast shutdown: sessions are cut off.
		if err := server.Process.Signal(os.Interrupt); err != nil {
			t.Errorf("stopping the server: %v", err)
		}
		<-drained
		if err := server.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	select {
	case err := <-started:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the server did not get ready within 30 s")
	}
}

// awaitReady reads the server's messages until it serves.
func awaitReady(messages io.Reader) error {
	var said []string
	lines := bufio.NewScanner(messages)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			return nil
		}
		said = append(said, lines.Text())
	}
	return errors.Join(lines.Err(), fmt.Errorf("the server did not start:\n%s", strings.Join(said, "\n")))
}

// serverUser gives the directory to the user that runs the server: PostgreSQL
// refuses to run as root.
func serverUser(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr, os.Chown(dir, int(uid), int(gid))); err != nil {
			t.Fatal(err)
		}
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	t.Skip("SKIPPED: POSTGRESQL DOES NOT RUN AS ROOT, and there is no user postgres or nobody: the store is not tested on it")
	return nil
}

// postgresPrograms is the directory of initdb and postgres, or empty.
func postgresPrograms() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path)
		}
	}
	// Debian keeps them out of the path, one directory per version.
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return ""
	}
	return filepath.Dir(slices.Max(found))
}
