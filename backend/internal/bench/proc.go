package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// tick is the kernel's unit of CPU time in /proc: USER_HZ is 100 on every
// Linux that Go runs on.
const tick = 10 * time.Millisecond

// usage is what a process tree has used and holds.
type usage struct {
	cpu time.Duration
	rss int64 // bytes
}

// tree sums a process and all of its children, those that ended included.
func tree(pid int) (usage, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return usage{}, fmt.Errorf("listing processes: %w", err)
	}
	parents, each := map[int]int{}, map[int]usage{}
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		id, parent, u := parseStat(raw)
		parents[id], each[id] = parent, u
	}
	if _, alive := each[pid]; !alive {
		return usage{}, fmt.Errorf("process %d is gone", pid)
	}
	var sum usage
	for id, u := range each {
		for at := id; at > 0; at = parents[at] {
			if at == pid {
				sum.cpu += u.cpu
				sum.rss += u.rss
				break
			}
		}
	}
	return sum, nil
}

// parseStat reads a line of /proc/PID/stat (man 5 proc). The name in
// parentheses may hold anything, so fields are counted from its end.
func parseStat(raw []byte) (pid, parent int, u usage) {
	open, end := bytes.IndexByte(raw, '('), bytes.LastIndexByte(raw, ')')
	if open < 0 || end < 0 {
		return 0, 0, usage{}
	}
	pid, _ = strconv.Atoi(string(bytes.TrimSpace(raw[:open])))
	fields := bytes.Fields(raw[end+1:])
	if len(fields) < 22 {
		return 0, 0, usage{}
	}
	number := func(i int) int64 {
		n, _ := strconv.ParseInt(string(fields[i]), 10, 64)
		return n
	}
	ticks := number(11) + number(12) + number(13) + number(14) // own and waited-for children's, user and system
	return pid, int(number(1)), usage{cpu: time.Duration(ticks) * tick, rss: number(21) * int64(os.Getpagesize())}
}
