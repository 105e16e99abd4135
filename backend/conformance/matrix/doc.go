// Package matrix asks the gateway for every feature through every client of a
// vendor and every kind of upstream: chat, streams, tools, schemas,
// images, embeddings, errors, aborts and model lists.
//
// One file per client adapts its SDK to the same few operations; the checks
// know nothing of the SDK. The clients for JavaScript live in ../js/matrix and
// are checked alike. Its one invariant: every cell is asked the same, in the
// client's own words, and a red one is red until it is explained.
package matrix
