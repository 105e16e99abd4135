//go:build linux

package resilience

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func (s *service) debugFiles() string {
	dir := fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid)
	files, _ := os.ReadDir(dir)
	n := map[string]int{}
	for _, f := range files {
		to, _ := os.Readlink(filepath.Join(dir, f.Name()))
		to = regexp.MustCompile(`\[\d+\]`).ReplaceAllString(to, "")
		n[strings.TrimPrefix(to, s.dir)]++
	}
	tcp, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", s.cmd.Process.Pid))
	_ = tcp
	return fmt.Sprint(n)
}
