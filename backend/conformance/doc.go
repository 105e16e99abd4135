// Package conformance proves the gateway with the vendors' own clients, which
// talk to the real headwater binary. The official OpenAI SDKs do so with
// upstreams that replay recorded traffic of real providers; every client does
// with every kind of upstream, in package matrix and in js/matrix.
//
// It is a module of its own so that no SDK enters the product's go.mod, and it
// imports nothing of the product: what it knows of Headwater is what a user
// knows, the command line, the configuration file and the wire.
//
// Its one invariant: what is expected of an answer comes from the recording's
// facts, never from what the gateway answered before.
package conformance
