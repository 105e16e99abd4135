// Package knobs proves that every setting does something: for each there is a
// test that serves calls under two values of it, over real sockets, and looks
// at what the vendor is sent, when and how often, or at what the caller gets.
//
// It holds tests only. It does not ask whether a number is a good one, and it
// does not look inside: what cannot be seen at the wire is no effect.
//
// Its one invariant: the list of settings is read from the types themselves,
// so that a setting without a proof, and a proof of nothing, are both found.
package knobs
