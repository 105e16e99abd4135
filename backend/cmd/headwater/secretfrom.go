package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// maxSecret bounds a secret. Unit: bytes.
const maxSecret = 8 << 10

// secretFromUsage is the help text of --secret-from.
const secretFromUsage = "where the secret is: env:NAME or file:PATH; without it the secret is read from standard input"

// resolveSecret reads a secret from env:NAME or file:PATH. It is done here and
// not by the service, so that it is the caller's environment and the caller's
// right to read the file that count.
func (c *cli) resolveSecret(source string) (string, error) {
	kind, name, _ := strings.Cut(source, ":")
	var secret string
	switch {
	case kind == "env" && name != "":
		value, ok := c.lookupEnv(name)
		if !ok {
			return "", hw.Errorf(hw.CodeBadRequest, "The environment variable %s is not set.", name)
		}
		secret = value
	case kind == "file" && name != "":
		text, err := readBounded(name, maxSecret)
		if err != nil {
			return "", err
		}
		secret = string(text)
	default:
		return "", usagef("%q is no source of a secret: write env:NAME or file:PATH.", source)
	}
	secret = strings.TrimSpace(secret)
	if secret == "" {
		return "", hw.Errorf(hw.CodeBadRequest, "The secret from %s is empty.", source)
	}
	return secret, nil
}

// readBounded reads a file of at most limit bytes; "-" is standard input for
// callers that allow it.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	return readAll(f, path, limit)
}

func readAll(r io.Reader, name string, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fileError(name, err)
	}
	if int64(len(text)) > limit {
		return nil, hw.Errorf(hw.CodeTooLarge, "%s is larger than %d bytes.", name, limit)
	}
	return text, nil
}

// fileError says which file could not be read, and why.
func fileError(path string, err error) error {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		err = at.Err
	}
	return fmt.Errorf("reading %s: %w", path, err)
}

// askSecret reads a secret from its source, or from standard input: a person
// is asked without an echo, a pipe is read to its end.
func (c *cli) askSecret(ctx context.Context, source, what string) (string, error) {
	if source != "" {
		return c.resolveSecret(source)
	}
	var secret string
	if c.interactive {
		fmt.Fprintf(c.err, "%s (not shown): ", what)
		line, err := readHidden(ctx, c.in)
		fmt.Fprintln(c.err)
		if err != nil {
			return "", fmt.Errorf("reading the secret: %w", err)
		}
		secret = line
	} else {
		text, err := readAll(c.in, "standard input", maxSecret)
		if err != nil {
			return "", err
		}
		secret = string(text)
	}
	secret = strings.TrimSpace(secret)
	if secret == "" {
		return "", usagef("There is no secret on standard input: pipe it in, or say --secret-from env:NAME or file:PATH.")
	}
	return secret, nil
}

// readHidden reads one line from a terminal without showing it.
func readHidden(ctx context.Context, in io.Reader) (string, error) {
	if f, ok := in.(*os.File); ok {
		restore, err := hideEcho(f)
		if err != nil {
			return "", err
		}
		defer restore()
		// Who gives up here must find a terminal that shows what is typed.
		defer context.AfterFunc(ctx, restore)()
	}
	line, err := bufio.NewReader(io.LimitReader(in, maxSecret)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err //nolint:wrapcheck // askSecret says what was read
	}
	return line, nil
}

// hashSecret is how a key is kept: SHA-256 of the whole, in hex.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// secretFlag adds --secret-from.
func secretFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("secret-from", "", secretFromUsage)
}
