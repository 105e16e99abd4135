package main

import (
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"headwater/backend/internal/testupstream" //nolint:depguard // 'headwater dev upstream' is this package for people
)

func (c *cli) devCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "dev", Short: "Tools for people who try or test the gateway", Hidden: true}
	cmd.AddCommand(c.devUpstreamCommand())
	return cmd
}

// devUpstreamCommand serves the fake vendor until it is interrupted.
func (c *cli) devUpstreamCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use: "upstream", Short: "Serve a fake AI vendor that misbehaves as the model name tells it", Args: cobra.NoArgs,
		Long: "Serve a fake AI vendor that misbehaves as the model name tells it.\n\n" +
			"It speaks OpenAI (chat completions, responses, embeddings, models), Anthropic messages, Gemini,\n" +
			"Ollama, Cohere v2 and Bedrock Converse, each at its vendor's paths. The model\n" +
			"'ok' answers, 'status-503', 'rate', 'hang', 'cut-after-3' and 'delay-2s+status-529' do not.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			lc := net.ListenConfig{}
			ln, err := lc.Listen(cmd.Context(), "tcp", listen)
			if err != nil {
				return fmt.Errorf("opening the listener: %w", err)
			}
			fmt.Fprintf(c.out, "http://%s/v1\n", ln.Addr())
			c.say("Add it with: headwater upstream add fake --provider openai-compatible --local --base-url http://%s/v1", ln.Addr())
			return testupstream.New().Serve(cmd.Context(), ln)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:4199", "address to listen on, host:port")
	return cmd
}
