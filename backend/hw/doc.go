// Package hw is the vocabulary of Headwater: its nouns, identifiers, error
// codes, permissions and events, shared by the data path, the control path,
// the command line and the window.
//
// It deliberately holds no behaviour beyond validation and formatting, opens
// no file and knows no transport. Its one invariant: it imports nothing of
// ours, so every other package may import it.
package hw
