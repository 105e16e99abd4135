// Package testupstream is a fake AI vendor for tests and for people who want
// to see the gateway cope: it speaks the protocols below, plain and streamed,
// and misbehaves exactly as it is told.
//
//	OpenAI     POST …/chat/completions …/responses …/embeddings …/moderations
//	           …/images/generations …/images/edits …/images/variations (pictures of one
//	           pixel) …/audio/speech (silence) …/audio/transcriptions
//	           …/audio/translations (the fixed words) …/rerank (…/voyage/v1/rerank as Voyage does it),
//	           GET …/models
//	Anthropic  POST …/messages …/messages/count_tokens, GET …/models (by its version header)
//	Gemini     POST …/models/{model}: generateContent, streamGenerateContent (server-sent
//	           events with alt=sse, else one JSON list), embedContent,
//	           batchEmbedContents, countTokens; GET …/v1beta/models
//	Ollama     POST …/api/chat …/api/generate …/api/embed …/api/show,
//	           GET …/api/tags …/api/version (see Server.SetOllamaVersion)
//	Cohere     POST …/chat …/embed …/v2/rerank (version 2)
//	Bedrock    POST …/model/{model}/converse …/converse-stream; …/invoke
//	           …/invoke-with-response-stream …/count-tokens (Claude), …/invoke (Titan's
//	           and Cohere's embeddings)
//	Vertex     POST …/publishers/anthropic/models/{model}:rawPredict :streamRawPredict (Claude);
//	           …/publishers/google/models/{model}: generateContent, streamGenerateContent,
//	           countTokens, embedContent, predict (embeddings)
//	Azure      POST …/deployments/{model}/… as OpenAI, …/openai/responses; with api-version
//
// It does not imitate a model (the answer is a fixed row of words), keeps no
// conversation and checks no more of a request than a vendor would refuse.
// Its one invariant: the same request and the same fault give the same bytes,
// apart from the number inside the answer's id and the times in headers.
//
// # Telling it what to do
//
// A fault is a list of parts joined with '+', e.g. "delay-200ms+status-503".
// It is taken from the first of these that has one: Server.SetFaultFor (by
// credential, then by model), Server.SetFault, Server.Script (for calls, not for
// a GET), the header X-Test-Fault, the credential (see below), and the model name, because a
// gateway passes the model on where it strips headers; anything up to the last
// '/' of the model is ignored. An unknown part is answered with 400, except
// that a model name of which no part is known is just a model. What follows a
// ':' in a model is a tag or a version and no part. Who asks Ollama about a
// model does not meet the model's fault.
//
// N is a whole number, D a duration such as 200ms or 1s. "Event" means a
// stream's event with content; in a plain answer N counts bytes of the body.
//
//	ok                     answer properly (the default)
//	status-N               answer with this status and the vendor's error shape
//	status-N-retry-N       the same with a Retry-After of N seconds
//	rate quota payment auth forbidden no-model context policy
//	bad-request too-large server overloaded loading
//	                       the vendor's own error of that name, status included
//	retry-N retry-ms-N     add Retry-After, or retry-after-ms
//	retry-date-N           add Retry-After as an HTTP date N seconds ahead
//	retry-junk             add a Retry-After that means nothing
//	remaining-0            say in the rate limit headers that nothing is left
//	reset-D                with remaining-0: when it will be, default 30s
//	error-in-200           an error, server unless another is named, but with status 200
//	error-in-stream-after-N  an in-band error event after N events: overloaded,
//	                       or the vendor error that is also named
//	delay-D                wait before the head of the answer
//	hang                   never answer; ends when the client goes
//	silent                 send the head, then nothing
//	stall-after-N          go silent after N events
//	cut                    close the connection before the head
//	cut-after-N            close the connection after N events
//	noend                  end a stream after its content, without finish or terminator
//	nodone                 end a stream with finish, but without its terminator, which is
//	                       data: [DONE] for OpenAI's chats and Cohere, message_stop for
//	                       Anthropic, the list's bracket for Gemini's and the metadata for
//	                       Bedrock; the rest end with the finish itself and leave that out
//	badjson                send a body, or the second event, that is not JSON
//	html                   send a proxy's HTML page (200, or the given status)
//	empty                  send a body of zero bytes
//	slow-body              send the body in pieces of 64 bytes, gap-D apart (default 100ms)
//	gap-D                  wait between two events
//	bytes                  write a stream byte by byte
//	crlf                   end the lines of a stream with CR LF (Bedrock's has none)
//	pings                  put a comment line before each server-sent event
//	tokens-N               answer with N words (default 8; capped by max_tokens)
//	cached-N               report N of the input tokens as read from a cache
//	nousage                leave usage out
//	reasoning              begin with two words of reasoning
//	tool                   call the first tool of the request
//	tools-N                call the first N tools, or as many as there are, in one answer
//	schema                 answer with JSON where the request asks for a JSON schema: what
//	                       it requires, each value of its type
//	vision                 begin the answer with "images N", the images of the request
//	capable                answer what is asked, as far as these can be understood: "… and
//	                       nothing else: X" is answered with X, also from the system's
//	                       instructions; "Count from 1 to N"; "The password is X" of an earlier
//	                       turn, when the last one asks for it; an object with 'key "K" and the
//	                       value "V"'; the colour of a picture; the word in a PDF; the result of
//	                       a tool. It calls the tool it must, else those that the last turn
//	                       names, keeps to a JSON schema and ends at stop sequences
//	text-tools             with capable: write the call of a tool as text
//	lacks-WORD             refuse a request that has tools, schema or vision; with capable:
//	                       call one tool at a time (parallel), go past stop sequences (stop)
//	echo-key               with lacks-WORD: repeat the credential in the refusal
//	refusal                refuse in the answer, with status 200; Gemini says nothing then
//	                       and finishes for SAFETY
//
// A tool gets what its schema requires, and {"city":"Vienna"} if that is nothing
// in particular. Gemini answers "policy" as the vendor does: with status 200 and
// a block reason, or inside a stream with a finish. "rate" has a RetryInfo there,
// of 7s or of what retry-N says.
//
// # Credentials
//
// Any credential is good, except one that contains "revoked" (auth), "broke"
// (quota) or "limited" (rate with retry-7). It is a bearer token, a key in
// X-Api-Key, X-Goog-Api-Key, Api-Key or the query's key, or the access key's id of a
// signature of AWS, which is not checked.
package testupstream
