package adminapi

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"github.com/creachadair/jrpc2/handler"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
)

// A socket whose page reads nothing makes the call wait, with a bounded rest in
// memory; when it reads again nothing is missing.
func TestFeedWaitsForASlowPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page, service := channel.Direct()
		rpc := jrpc2.NewServer(handler.Map{}, &jrpc2.ServerOptions{AllowPush: true}).Start(service)
		line, cut := context.WithCancel(t.Context())
		defer cut()
		calling, stop := context.WithCancel(line)
		f := &feed{ctx: calling, stop: stop, name: "c", rpc: rpc, pieces: make(chan hw.ConsoleEvent, maxConsolePieces)}
		const all = 100
		var written atomic.Int64
		done := make(chan struct{}, 2)
		go func() {
			f.run(func(_ context.Context, to admin.ConsoleSink) (string, error) {
				to.Begin(http.StatusOK, nil)
				for range all {
					if err := to.Write(make([]byte, maxConsolePiece)); err != nil {
						return "", err
					}
					written.Add(1)
				}
				return "req_1", nil
			})
			done <- struct{}{}
		}()
		go func() {
			f.push(line)
			f.notify(line, hw.ConsoleEvent{End: &f.end})
			done <- struct{}{}
		}()
		synctest.Wait()
		if n := written.Load(); n < maxConsolePieces || n > maxConsolePieces+3 {
			t.Errorf("%d pieces were taken while nobody read, want about %d", n, maxConsolePieces)
		}
		events := 0
		for ; ; events++ {
			raw, err := page.Recv()
			if err != nil {
				t.Fatal(err)
			}
			if len(raw) < maxConsolePiece && events > all/2 {
				break // the end
			}
		}
		<-done
		<-done
		if n := written.Load(); n != all || events < all {
			t.Errorf("%d pieces in %d events", n, events)
		}
		_ = page.Close()
		rpc.Stop()
		_ = rpc.Wait()
	})
}
