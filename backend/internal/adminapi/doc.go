// Package adminapi puts the admin use cases on the wire. One row of a table is
// one operation: from it come the REST method with its validation, the
// OpenAPI document, the JSON-RPC method over WebSocket, and with them the
// types of the TypeScript client.
//
// It deliberately decides nothing about configuration: it checks who asks and
// from where, decodes, calls one use case and encodes. Its one invariant: no
// operation runs without a permission that its row names, and no request is
// looked at before its Host and Origin are known to be ours.
package adminapi
