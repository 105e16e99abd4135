package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// format is the form in which data is printed.
type format string

// The forms of data.
const (
	formatTable format = "table"
	formatJSON  format = "json"
	formatYAML  format = "yaml"
	formatCSV   format = "csv"
)

// String implements pflag.Value.
func (f *format) String() string { return string(*f) }

// Type implements pflag.Value.
func (f *format) Type() string { return "form" }

// Set implements pflag.Value.
func (f *format) Set(s string) error {
	all := []format{formatTable, formatJSON, formatYAML, formatCSV}
	if !slices.Contains(all, format(s)) {
		return errors.New("must be one of table, json, yaml, csv")
	}
	*f = format(s)
	return nil
}

// column is one column of a list.
type column[T any] struct {
	// head is the heading people see, field the one of CSV, where the unit is
	// part of the name.
	head, field string
	// value is one of the types that cellText knows.
	value func(T) any
}

// printList prints rows in the form asked for. With --quiet it is the first
// column alone: the names.
func printList[T any](c *cli, rows []T, columns []column[T]) error {
	if c.quiet && c.output == formatTable {
		for _, row := range rows {
			fmt.Fprintln(c.out, c.cellText(columns[0].value(row)))
		}
		return nil
	}
	switch c.output {
	case formatCSV:
		return printCSV(c, rows, columns)
	case formatJSON, formatYAML:
		if rows == nil {
			rows = []T{}
		}
		return c.printValue(rows)
	case formatTable:
	}
	if len(rows) == 0 {
		return nil
	}
	t := table{head: make([]cell, len(columns))}
	for i, col := range columns {
		t.head[i] = cell{text: col.head}
	}
	for _, row := range rows {
		line := make([]cell, len(columns))
		for i, col := range columns {
			v := col.value(row)
			line[i] = cell{text: c.cellText(v), right: isNumeric(v), paint: c.paintOf(v)}
		}
		t.rows = append(t.rows, line)
	}
	t.print(c)
	return nil
}

// printOne prints one thing: as a table, every field of it on its own line.
func printOne[T any](c *cli, v T, columns []column[T]) error {
	switch {
	case c.quiet && c.output == formatTable:
		fmt.Fprintln(c.out, c.cellText(columns[0].value(v)))
		return nil
	case c.output == formatCSV:
		return printCSV(c, []T{v}, columns)
	case c.output == formatTable:
		return c.printFields(v)
	}
	return c.printValue(v)
}

// printFields prints every single value of v with its path.
func (c *cli) printFields(v any) error {
	tr, err := treeOf(v)
	if err != nil {
		return err
	}
	var t table
	for _, l := range tr.leaves("", "") {
		if l.value == nil {
			continue
		}
		t.rows = append(t.rows, []cell{{text: escape(l.path)}, {text: c.leafText(l)}})
	}
	t.print(c)
	return nil
}

// printValue prints v as JSON or YAML.
func (c *cli) printValue(v any) error {
	if c.output == formatYAML {
		t, err := treeOf(v)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := writeYAML(&b, t); err != nil {
			return err
		}
		return c.write(b.Bytes())
	}
	compact, err := marshalPlain(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, escapeJSON(compact), "", "  "); err != nil {
		return fmt.Errorf("indenting JSON: %w", err)
	}
	b.WriteByte('\n')
	return c.write(b.Bytes())
}

// write writes data to standard output; a reader that went away is an error.
func (c *cli) write(p []byte) error {
	if _, err := c.out.Write(p); err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	return nil
}

// printCSV prints rows as RFC 4180 with a heading.
func printCSV[T any](c *cli, rows []T, columns []column[T]) error {
	w := csv.NewWriter(c.out)
	record := make([]string, len(columns))
	for i, col := range columns {
		record[i] = col.field
	}
	err := w.Write(record)
	for _, row := range rows {
		if err != nil {
			break
		}
		for i, col := range columns {
			record[i] = csvCell(rawText(col.value(row)))
		}
		err = w.Write(record)
	}
	w.Flush()
	if err := cmp.Or(err, w.Error()); err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	return nil
}

// cell is one field of a table on its way to the screen.
type cell struct {
	text string
	// right aligns numbers under each other.
	right bool
	// paint is an SGR code; empty means none.
	paint string
}

// table is aligned text.
type table struct {
	head []cell
	rows [][]cell
}

// print writes the table with two spaces between columns and none at the end.
func (t table) print(c *cli) {
	lines := t.rows
	if t.head != nil {
		lines = append([][]cell{t.head}, t.rows...)
	}
	if len(lines) == 0 {
		return
	}
	widths := make([]int, len(lines[0]))
	right := make([]bool, len(widths))
	for _, line := range lines {
		for i, field := range line {
			widths[i] = max(widths[i], displayWidth(field.text))
			right[i] = right[i] || field.right
		}
	}
	var b strings.Builder
	for _, line := range lines {
		for i, field := range line {
			pad := strings.Repeat(" ", widths[i]-displayWidth(field.text))
			switch {
			case right[i]:
				b.WriteString(pad + field.painted())
			case i == len(line)-1:
				b.WriteString(field.painted())
			default:
				b.WriteString(field.painted() + pad)
			}
			if i < len(line)-1 {
				b.WriteString("  ")
			}
		}
		out := strings.TrimRight(b.String(), " ") + "\n"
		b.Reset()
		fmt.Fprint(c.out, out)
	}
}

func (f cell) painted() string {
	if f.paint == "" || f.text == "" {
		return f.text
	}
	return "\x1b[" + f.paint + "m" + f.text + "\x1b[0m"
}

// displayWidth is how many columns of a terminal s takes: two for the wide
// characters of East Asian scripts, none for marks that sit on the one before.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case r >= 0x1100 && isWide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

func isWide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}
