package hw

import "time"

// Traffic is what callers got over a span of time, up to now.
type Traffic struct {
	// Minutes is the span; PerSecond is of the last whole minute.
	Minutes   int     `json:"minutes" doc:"Span in minutes, up to now"`
	PerSecond float64 `json:"per_second" doc:"Calls a second in the last whole minute"`
	TrafficCount
	// The quantiles are of calls that were answered; 0 without any.
	P50Ms      float64 `json:"p50_ms" doc:"Median duration of answered calls in milliseconds; 0 without any"`
	P95Ms      float64 `json:"p95_ms" doc:"Duration that 95 of 100 answered calls kept to, in milliseconds; 0 without any"`
	FirstP95Ms float64 `json:"first_p95_ms" doc:"The same of the wait for the first content"`
	// Partial is true while, or because, calls from before the start of the
	// service are not all counted.
	Partial bool            `json:"partial,omitempty" doc:"True when calls from before the service started are not all counted"`
	Buckets []TrafficBucket `json:"buckets" nullable:"false" doc:"The span in equal parts, oldest first"`
}

// TrafficCount counts calls by how they ended.
type TrafficCount struct {
	Calls int64 `json:"calls" doc:"Calls that ended"`
	// Failed are those with a 5xx status or a broken stream, Refused those with 4xx.
	Failed  int64 `json:"failed" doc:"Calls that failed: 5xx, or a stream that broke off"`
	Refused int64 `json:"refused" doc:"Calls that were refused: 4xx"`
	// FailedOver are answered calls that needed more than one attempt, or were
	// answered by a later tier because the first one was not to be asked.
	FailedOver int64 `json:"failed_over" doc:"Calls answered after another target had failed, or by a later tier"`
	TokensIn   int64 `json:"tokens_in" doc:"Tokens asked"`
	TokensOut  int64 `json:"tokens_out" doc:"Tokens answered"`
}

// TrafficBucket is one part of the span.
type TrafficBucket struct {
	At     time.Time `json:"at" doc:"When it began"`
	Calls  int64     `json:"calls" doc:"Calls that ended in it"`
	Failed int64     `json:"failed" doc:"Those that failed"`
	P95Ms  float64   `json:"p95_ms" doc:"Duration that 95 of 100 kept to, in milliseconds"`
}
