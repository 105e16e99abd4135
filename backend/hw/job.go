package hw

import (
	"encoding/json"
	"time"
)

// JobState says where a job stands.
type JobState string

// The states of a job. All but JobRunning are final.
const (
	JobRunning     JobState = "running"
	JobDone        JobState = "done"
	JobFailed      JobState = "failed"
	JobCanceled    JobState = "canceled"
	JobInterrupted JobState = "interrupted" // the service stopped meanwhile
)

// JobKind names a kind of long work.
type JobKind string

// The kinds of jobs.
const (
	// JobAuditVerify walks the audit chain; its result is an AuditReport.
	JobAuditVerify JobKind = "audit.verify"
	// JobUpstreamsTest tests every enabled upstream; its result is an UpstreamsTested.
	JobUpstreamsTest JobKind = "upstreams.test"
	// JobUpstreamsCertify makes live checks of one model; its result is a
	// CapabilityRecord. It has an operation of its own, for what it needs to know.
	JobUpstreamsCertify JobKind = "upstreams.certify"
	// JobUpstreamsScan looks for engines on a network; its result is a
	// ScanReport. It has an operation of its own, for the network.
	JobUpstreamsScan JobKind = "upstreams.scan"
)

// Job is long work that runs in the service and outlives whoever asked for it.
type Job struct {
	ID    string   `json:"id" doc:"Identity of the job"`
	Kind  JobKind  `json:"kind" enum:"audit.verify,upstreams.test,upstreams.certify,upstreams.scan" doc:"What it does"`
	State JobState `json:"state" enum:"running,done,failed,canceled,interrupted" doc:"Where it stands"`
	// Subject is what it is about: UPSTREAM/MODEL of live checks, the network of a
	// scan; empty where the kind says it all.
	Subject string `json:"subject,omitempty" doc:"What it is about: UPSTREAM/MODEL of live checks, the network of a scan; absent where the kind says it all"`
	// Actor is who started it.
	Actor     string    `json:"actor" doc:"Who started it"`
	StartedAt time.Time `json:"started_at" doc:"When it started"`
	EndedAt   time.Time `json:"ended_at,omitzero" doc:"When it ended"`
	// Done of Total items; Total is 0 while their number is not known.
	Done  int64 `json:"done" doc:"Items done"`
	Total int64 `json:"total" doc:"Items in all; 0 while not known"`
	// Words says how it ended; empty while it runs.
	Words string `json:"words,omitempty" doc:"How it ended"`
	// Result is the report of a job that is done, by its kind.
	Result json.RawMessage `json:"result,omitempty" doc:"The report, by kind"`
}

// JobInput asks for a job.
type JobInput struct {
	Kind JobKind `json:"kind" enum:"audit.verify,upstreams.test" doc:"What to do"`
}

// UpstreamsTested is the result of testing all upstreams.
type UpstreamsTested struct {
	// Failed counts the upstreams that did not answer.
	Failed int `json:"failed"`
	// Reports are in the order of the upstreams' names.
	Reports []TestReport `json:"reports"`
}
