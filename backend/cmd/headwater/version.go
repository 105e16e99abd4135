package main

import (
	"runtime"

	"github.com/spf13/cobra"
)

// versionInfo is what this program is.
type versionInfo struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of this program", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := versionInfo{versionText(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			columns := []column[versionInfo]{
				{"VERSION", "version", func(v versionInfo) any { return v.Version }},
				{"GO", "go", func(v versionInfo) any { return v.Go }},
				{"PLATFORM", "platform", func(v versionInfo) any { return v.Platform }},
			}
			if c.output == formatTable && !c.quiet {
				return printList(c, []versionInfo{v}, columns)
			}
			return printOne(c, v, columns)
		},
	}
}
