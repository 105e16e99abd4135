// Command bench measures the gateway beside nginx as a plain reverse proxy, on
// the same upstream, the same machine and in the same run.
//
// It times nothing but whole processes: CPU time of a process tree from /proc,
// latency at the client. It is not part of the product and starts only
// programs it is told of. Its one invariant: a gateway's figures are always
// paired with nginx's, measured just before, so that other load on the
// machine moves both alike.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// settings are the flags of one run.
type settings struct {
	binary   string
	rounds   int
	warm     time.Duration
	duration time.Duration
	conns    int
	starts   int
	pgo      string
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "mock" {
		os.Exit(report(serveMock(os.Args[2])))
	}
	var s settings
	flag.StringVar(&s.binary, "binary", "build/bin/headwater", "the gateway to measure")
	flag.IntVar(&s.rounds, "rounds", 5, "pairs of measurements")
	flag.DurationVar(&s.warm, "warm", time.Second, "load before each measurement")
	flag.DurationVar(&s.duration, "duration", 3*time.Second, "length of each measurement")
	flag.IntVar(&s.conns, "connections", 64, "connections that ask without pause")
	flag.IntVar(&s.starts, "starts", 5, "starts to time")
	flag.StringVar(&s.pgo, "pgo", "", "measure nothing; record a CPU profile of the gateway under this load into this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, s)
	stop()
	os.Exit(report(err))
}

func report(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}
