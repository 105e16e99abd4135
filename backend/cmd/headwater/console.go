package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
)

// consoleAsk is what the command line says of a call.
type consoleAsk struct {
	app, key, model, dialect, path, raw string
	plain                               bool
}

func (c *cli) consoleCommand() *cobra.Command {
	var ask consoleAsk
	cmd := &cobra.Command{
		Use: "console [PROMPT]", Short: "Make a call in the name of an app and print its answer", Args: cobra.MaximumNArgs(1),
		Long: "Make a call in the name of an app, with its routes and limits but without its key, and print the answer\n" +
			"as it comes. What answered, and at what cost, is said on standard error at the end.\n\n" +
			"The call counts as one of the app's. The log says who made it.",
	}
	flags := cmd.Flags()
	flags.StringVar(&ask.app, "app", "", "app in whose name: TENANT/NAME, or its id (required)")
	flags.StringVar(&ask.key, "key", "", "key of the app that the call shall count as shown")
	flags.StringVar(&ask.model, "model", "", "model or route to ask for")
	flags.StringVar(&ask.dialect, "dialect", "openai", "how it is asked: "+strings.Join(consoleDialects(), ", "))
	flags.StringVar(&ask.path, "path", "", "path at the data listener, e.g. /v1/models; prints the answer as it is")
	flags.StringVar(&ask.raw, "raw", "", "file with the whole body, or - for standard input; prints the answer as it is")
	flags.BoolVar(&ask.plain, "no-stream", false, "ask for a whole answer instead of a stream")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		call, read, err := c.consoleCall(&ask, args)
		if err != nil {
			return err
		}
		return c.console(cmd.Context(), call, read)
	}
	return cmd
}

// consoleCall makes the call that is meant, and what reads its answer: the text
// of a chat, or nil for the answer as it is.
func (c *cli) consoleCall(ask *consoleAsk, args []string) (hw.ConsoleInput, *chatReader, error) {
	in := hw.ConsoleInput{App: ask.app, Key: ask.key, Path: ask.path}
	if in.App == "" {
		return in, nil, usagef("Say in whose name the call is made: --app TENANT/NAME.")
	}
	if !slices.Contains(consoleDialects(), ask.dialect) {
		return in, nil, usagef("--dialect must be one of %s.", strings.Join(consoleDialects(), ", "))
	}
	if len(args) == 0 {
		return c.consoleRaw(in, ask)
	}
	if ask.raw != "" || ask.path != "" {
		return in, nil, usagef("Give either a prompt, or --raw and --path.")
	}
	if ask.model == "" {
		return in, nil, usagef("Say which model to ask for: --model NAME.")
	}
	path, body := chatRequest(ask.dialect, ask.model, args[0], !ask.plain)
	text, err := marshalPlain(body)
	in.Path, in.Body = path, string(text)
	return in, &chatReader{}, err
}

// consoleRaw makes a call whose body, if any, stands in a file.
func (c *cli) consoleRaw(in hw.ConsoleInput, ask *consoleAsk) (hw.ConsoleInput, *chatReader, error) {
	if ask.raw == "" && ask.path == "" {
		return in, nil, usagef("Say what to ask: a prompt, or --raw FILE, or --path PATH.")
	}
	if in.Path == "" {
		if ask.dialect == "gemini" && ask.model == "" {
			return in, nil, usagef("Say which model to ask for: in this dialect it is part of the path.")
		}
		in.Path, _ = chatRequest(ask.dialect, ask.model, "", !ask.plain)
	}
	if ask.raw == "" {
		return in, nil, nil
	}
	var body []byte
	var err error
	if ask.raw == "-" {
		body, err = io.ReadAll(io.LimitReader(c.in, hw.MaxConsoleBody+1))
	} else {
		body, err = readBounded(ask.raw, hw.MaxConsoleBody)
	}
	if err == nil && len(body) > hw.MaxConsoleBody {
		err = hw.Errorf(hw.CodeTooLarge, "The body is larger than 1 MiB.")
	}
	in.Body = string(body)
	return in, nil, err
}

// consoleDialects are the dialects that a prompt can be asked in.
func consoleDialects() []string {
	return []string{"openai", "responses", "anthropic", "gemini", "ollama"}
}

// consoleTokens is the bound on the answer where the dialect wants one.
const consoleTokens = 4096

// chatRequest is one question as a dialect puts it: path and body.
func chatRequest(dialect, model, prompt string, stream bool) (path string, body map[string]any) {
	messages := []map[string]string{{"role": "user", "content": prompt}}
	switch dialect {
	case "responses":
		return "/v1/responses", map[string]any{"model": model, "input": prompt, "stream": stream}
	case "anthropic":
		return "/v1/messages", map[string]any{"model": model, "max_tokens": consoleTokens, "messages": messages, "stream": stream}
	case "gemini":
		method := ":generateContent"
		if stream {
			method = ":streamGenerateContent?alt=sse"
		}
		parts := []map[string]any{{"role": "user", "parts": []map[string]string{{"text": prompt}}}}
		return "/v1beta/models/" + url.PathEscape(model) + method, map[string]any{"contents": parts}
	case "ollama":
		return "/api/chat", map[string]any{"model": model, "messages": messages, "stream": stream}
	}
	return "/v1/chat/completions", map[string]any{"model": model, "messages": messages, "stream": stream}
}

// consoleLine is a line to the service with a call on it.
type consoleLine struct {
	client *adminclient.Client
	events chan hw.ConsoleEvent
	stop   context.CancelFunc
}

// openConsole opens a line. Its reader hands over one event after the other, so
// that the service holds back what cannot be printed yet.
func (c *cli) openConsole(ctx context.Context) (*consoleLine, error) {
	at, err := c.find()
	if err != nil {
		return nil, err
	}
	reading, stop := context.WithCancel(ctx)
	l := &consoleLine{events: make(chan hw.ConsoleEvent), stop: stop}
	l.client, err = adminclient.Dial(ctx, adminclient.Config{
		Address: at.address, Token: at.token,
		Notify: func(_ string, params json.RawMessage) {
			var push struct {
				Events []struct{ Data hw.ConsoleEvent }
			}
			_ = json.Unmarshal(params, &push) // the service writes nothing else
			for _, e := range push.Events {
				select {
				case l.events <- e.Data:
				case <-reading.Done():
				}
			}
		},
	})
	if err != nil {
		stop()
	}
	if hw.CodeOf(err) == hw.CodeUnavailable {
		return nil, &unreachableError{address: at.address, cause: err}
	}
	return l, err //nolint:wrapcheck // an *hw.Error in words for the caller
}

func (l *consoleLine) close() error {
	l.stop()                // or the reader would wait for us while we wait for it
	return l.client.Close() //nolint:wrapcheck // it says what it was doing
}

// next returns the next event of the call.
func (l *consoleLine) next(ctx context.Context) (hw.ConsoleEvent, error) {
	select {
	case e := <-l.events:
		return e, nil
	case <-l.client.Done():
		return hw.ConsoleEvent{}, l.client.Err() //nolint:wrapcheck // an *hw.Error in words for the caller
	case <-ctx.Done():
		return hw.ConsoleEvent{}, hw.Errorf(hw.CodeCanceled, "The call was given up.").Because(ctx.Err())
	}
}

// console makes the call, prints its answer and says what answered.
func (c *cli) console(ctx context.Context, in hw.ConsoleInput, read *chatReader) error {
	l, err := c.openConsole(ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.consoleOver(ctx, l, in, read), l.close())
}

func (c *cli) consoleOver(ctx context.Context, l *consoleLine, in hw.ConsoleInput, read *chatReader) error {
	if err := l.client.Call(ctx, "console.send", hw.ConsoleSend{Subscription: "console", Body: in}, nil); err != nil {
		return err //nolint:wrapcheck // an *hw.Error in words for the caller
	}
	for {
		e, err := l.next(ctx)
		if err == nil {
			err = c.printPiece(&e, read)
		}
		switch {
		case err != nil:
			return err
		case e.End != nil && e.End.Problem != nil:
			return e.End.Problem.Err()
		case e.End != nil:
			var call hw.Call
			if err := l.client.Call(ctx, "calls.get", params{"id": e.End.Call}, &call); err != nil {
				return fmt.Errorf("reading what answered: %w", err)
			}
			return c.sayServed(&call)
		}
	}
}

// printPiece prints what an event adds to the answer.
func (c *cli) printPiece(e *hw.ConsoleEvent, read *chatReader) error {
	text := e.Bytes
	if read != nil {
		if e.Status != 0 {
			read.begin(e)
		}
		text = []byte(read.feed(e.Bytes))
		if e.End != nil {
			text = append(text, read.end()+"\n"...)
		}
	}
	if read != nil || c.colourful { // a terminal would act on what it holds
		text = escapeText(text, func(out []byte, r rune) []byte {
			if r == '\t' {
				return append(out, '\t')
			}
			return append(out, escape(string(r))...)
		})
	}
	return c.write(text)
}

// sayServed says on one line what answered, and fails where the app's own call
// would have.
func (c *cli) sayServed(call *hw.Call) error {
	by := "nobody answered"
	if call.Upstream != "" {
		by = fmt.Sprintf("%s, tier %d", escape(servedBy(*call)), call.Tier)
	}
	parts := []string{strconv.Itoa(call.Status), by, fmt.Sprintf("%d + %d tokens", call.TokensIn, call.TokensOut)}
	if call.CostUSD > 0 {
		parts = append(parts, "$"+strconv.FormatFloat(call.CostUSD, 'g', 3, 64))
	}
	c.say("%s", strings.Join(append(parts, millis(call.TotalMs).String(), call.ID), " · "))
	if call.Status >= 400 || call.Interrupted {
		return &diagnosis{text: "The call failed: " + call.Error, code: call.Code.Info().Public}
	}
	return nil
}
