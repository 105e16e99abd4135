package hw

import "time"

// Addresses are where the listeners of this installation answer, as host:port.
// An empty one is not open.
type Addresses struct {
	Data   string `json:"data,omitempty" doc:"Where apps call, host:port; absent when closed" example:"127.0.0.1:4100"`
	Portal string `json:"portal,omitempty" doc:"Where tenants serve themselves, host:port; absent when closed" example:"127.0.0.1:4102"`
	Admin  string `json:"admin,omitempty" doc:"Where administration happens, host:port; absent when closed" example:"127.0.0.1:4101"`
	// RemoteAdmin is for administrators on other machines, over TLS; they know
	// it by the SHA-256 of its certificate.
	RemoteAdmin            string `json:"remote_admin,omitempty" doc:"Where administrators on other machines sign in, host:port over TLS; absent when closed"`
	RemoteAdminFingerprint string `json:"remote_admin_fingerprint,omitempty" doc:"SHA-256 of its certificate, hex"`
}

// Status answers the first question of an administrator: what runs here, and
// can callers be served right now?
type Status struct {
	Version string `json:"version" doc:"Version of Headwater" example:"0.1.0"`
	// Generation is that of the configuration in force; 0 before the first change.
	Generation int64     `json:"generation" doc:"Generation of the configuration in force"`
	StartedAt  time.Time `json:"started_at" doc:"When the service started"`
	Addresses  Addresses `json:"addresses" doc:"Where the listeners answer"`
	// Verdict is empty, serving, degraded or down; see the constants.
	Verdict string `json:"verdict" enum:"empty,serving,degraded,down" doc:"empty: nothing is configured; serving: every target is well; degraded: some are not; down: none can answer"`
	// Words is the verdict as a sentence.
	Words string `json:"words" doc:"The verdict as a sentence"`
	// Counts are the number of documents of each kind.
	Counts []KindCount `json:"counts" nullable:"false" doc:"Documents of each kind"`
	// Routes are those that are not on their first choice now, the worst first,
	// 50 at most; RoutesMore counts the others.
	Routes     []RouteStanding `json:"routes" nullable:"false" doc:"Routes that are not on their first choice now, 50 at most"`
	RoutesMore int             `json:"routes_more,omitempty" doc:"Further such routes"`
	// TargetsWell of Targets can take a call now.
	Targets     int `json:"targets" doc:"Targets of all routes"`
	TargetsWell int `json:"targets_well" doc:"Targets that can take a call now"`
	// CallsDropped counts calls the log could not keep since the start.
	CallsDropped int64 `json:"calls_dropped" doc:"Calls that the log could not keep since the start"`
	// CallsTrouble says why calls cannot be written to the log now: disk_full,
	// or internal for anything else; empty while they can.
	CallsTrouble Code `json:"calls_trouble,omitempty" enum:"disk_full,internal" doc:"Why calls cannot be written to the log now; absent while they can"`
}

// RouteStanding is a route that is not on its first choice.
type RouteStanding struct {
	Route string `json:"route" doc:"Name of the route"`
	// Tier answers now; 0 means that none can.
	Tier     int    `json:"tier" doc:"Tier that answers now, from 1; 0 means none can"`
	Upstream string `json:"upstream,omitempty" doc:"Upstream that answers now"`
	// Since is when it came to this; zero when unknown.
	Since time.Time `json:"since,omitzero" doc:"Since when"`
}

// The verdicts of Status.
const (
	VerdictEmpty    = "empty"
	VerdictServing  = "serving"
	VerdictDegraded = "degraded"
	VerdictDown     = "down"
)

// KindCount is the number of documents of one kind.
type KindCount struct {
	Kind  Kind `json:"kind" doc:"Kind of document"`
	Count int  `json:"count" doc:"Number of documents"`
}

// SetupState says whether the installation still waits for its first administrator.
type SetupState struct {
	Needed  bool   `json:"needed" doc:"True until there is an administrator"`
	Version string `json:"version" doc:"Version of Headwater"`
}

// SetupInput redeems the setup code for the first administrator.
type SetupInput struct {
	Code     string `json:"code" maxLength:"64" writeOnly:"true" doc:"The setup code that the installer printed; headwater setup-code prints a fresh one"`
	Name     string `json:"name" maxLength:"64" doc:"Sign-in name of the first administrator" example:"root"`
	Password string `json:"password" maxLength:"1024" writeOnly:"true" doc:"At least 12 characters"`
}

// SignInInput opens a session.
type SignInInput struct {
	Name     string `json:"name" maxLength:"64" doc:"Sign-in name"`
	Password string `json:"password" maxLength:"1024" writeOnly:"true" doc:"Password"`
}

// SignedIn is a new session and its token, which is shown this once.
type SignedIn struct {
	Token   string      `json:"token" doc:"Send as 'Authorization: Bearer …'; shown this once"`
	Session SessionInfo `json:"session" doc:"The session"`
}

// SessionInfo is a session as people see it. The token is not part of it.
type SessionInfo struct {
	// ID is empty for the token of local administration, which has no session.
	ID     string `json:"id,omitempty" doc:"Identity of the session; absent for local administration"`
	Member string `json:"member" doc:"Who is signed in"`
	Role   Role   `json:"role" enum:"administrator,viewer" doc:"Role now"`
	Remote string `json:"remote,omitempty" doc:"Address the session was opened from"`
	// CreatedAt, LastSeenAt and ExpiresAt are zero for local administration.
	CreatedAt  time.Time `json:"created_at,omitzero" doc:"When it was opened"`
	LastSeenAt time.Time `json:"last_seen_at,omitzero" doc:"Last use, to the minute"`
	ExpiresAt  time.Time `json:"expires_at,omitzero" doc:"When it ends at the latest"`
	// Current marks the session that asks.
	Current bool `json:"current,omitempty" doc:"True for the session that asks"`
}

// TestReport says how one real call to an upstream went, step by step.
type TestReport struct {
	Upstream string `json:"upstream" doc:"Name of the upstream"`
	OK       bool   `json:"ok" doc:"True when the upstream answered the call"`
	// Steps are in the order in which they were taken; the first that is not
	// OK ended the test.
	Steps []TestStep `json:"steps" nullable:"false" doc:"What was tried, in order"`
	// Diagnosis says in words what is wrong, or that all is well.
	Diagnosis string `json:"diagnosis" doc:"What is wrong, or that all is well"`
	// DiagnosisSaid is the same for other languages; nil where the words are no
	// sentence of the table, and in reports of earlier versions.
	DiagnosisSaid []Said `json:"diagnosis_said,omitempty" doc:"The diagnosis as stable keys, sentence by sentence"`
	// Hint says what to do next; empty when all is well.
	Hint string `json:"hint,omitempty" doc:"What to do next"`
	// HintSaid is the same for other languages; nil also where the hint is that of
	// the code.
	HintSaid []Said    `json:"hint_said,omitempty" doc:"The hint as stable keys; absent where it is the one of the code"`
	Code     string    `json:"code,omitempty" doc:"Public code of the failure" example:"HW-UP-401"`
	TotalMs  float64   `json:"total_ms" doc:"Duration of the test in milliseconds"`
	At       time.Time `json:"at" doc:"When the test began"`
	// Completion is the tiny request that was asked for; nil without one.
	Completion *TestCompletion `json:"completion,omitempty" doc:"The tiny request that was asked for; absent without one"`
}

// TestCompletion is the one request of a test that uses tokens. It is made only
// when a model is named.
type TestCompletion struct {
	Model string `json:"model" doc:"Model that was asked"`
	// Endpoint is chat, or embeddings for a model that makes those.
	Endpoint   string `json:"endpoint" enum:"chat,embeddings" doc:"What was asked of it"`
	Credential string `json:"credential,omitempty" doc:"Name of the key that was used; absent for none"`
	// Spent is true once the request was on its way: the vendor may charge it
	// whatever came of it.
	Spent bool `json:"spent" doc:"True once the request was sent: the vendor may charge it"`
	// Text is what came back, 200 bytes at most; a model may well answer nothing
	// within so few tokens.
	Text   string `json:"text,omitempty" doc:"What came back, 200 bytes at most"`
	Tokens Tokens `json:"tokens" doc:"Tokens it used"`
	// CostUSD is at the price in force; PriceKnown is false where there is none.
	CostUSD    float64 `json:"cost_usd" doc:"What it cost in US dollars"`
	PriceKnown bool    `json:"price_known" doc:"False when no price is known for the model"`
	// Near are models of the upstream with a like name, where it does not have
	// this one; 5 at most.
	Near []string `json:"near,omitempty" doc:"Models it has with a like name, where it does not have this one"`
}

// The steps of a test, in the order in which they are taken. A step of answer
// is there only when nothing came.
const (
	StepAddress = "address"
	StepConnect = "connect"
	StepTLS     = "tls"
	// StepToken is there only where a secret has to be turned into an access token
	// first; it asks another server, and comes before all others.
	StepToken  = "token"
	StepAnswer = "answer"
	StepAuth   = "auth"
	StepModels = "models"
	// StepCompletion is the tiny request that a test makes on demand only.
	StepCompletion = "completion"
)

// TestStep is one step of a test.
type TestStep struct {
	Name string  `json:"name" enum:"token,address,connect,tls,answer,auth,models,completion" doc:"What was tried" example:"tls"`
	OK   bool    `json:"ok" doc:"True when it worked"`
	Ms   float64 `json:"ms" doc:"Duration in milliseconds"`
	// Words says what was found.
	Words string `json:"words,omitempty" doc:"What was found"`
	// WordsSaid is the same for other languages; nil in reports of earlier versions.
	WordsSaid []Said `json:"words_said,omitempty" doc:"The words as stable keys, sentence by sentence"`
}

// CredentialInput is a credential on its way in, with the secret that never
// comes back out.
type CredentialInput struct {
	Credential
	Secret string `json:"secret,omitempty" writeOnly:"true" maxLength:"8192" doc:"The upstream's key; never returned"`
}

// KeyInput asks for a key. Without SecretSHA256 Headwater makes the secret.
type KeyInput struct {
	Key
	SecretSHA256 string `json:"secret_sha256,omitempty" doc:"SHA-256 of a key made elsewhere, hex; absent means Headwater makes the key"`
}

// CreatedKey is a new key with its secret, which is shown this once.
type CreatedKey struct {
	Key
	// Secret is empty when the key came as a hash.
	Secret string `json:"secret,omitempty" doc:"The whole key, shown this once"`
}

// MemberInput is a member on its way in, with the password that is only kept hashed.
type MemberInput struct {
	Member
	Password string `json:"password,omitempty" writeOnly:"true" maxLength:"1024" doc:"At least 12 characters; never returned"`
}

// The actions of a plan.
const (
	PlanCreate    = "create"
	PlanUpdate    = "update"
	PlanDelete    = "delete"
	PlanUnchanged = "unchanged"
)

// Plan is what applying a file would do, or did: nothing else changes.
type Plan struct {
	Items   []PlanItem `json:"items" nullable:"false" doc:"One per document, in the order in which they are written"`
	Creates int        `json:"creates" doc:"Documents to create"`
	Updates int        `json:"updates" doc:"Documents to update"`
	Deletes int        `json:"deletes" doc:"Documents to delete"`
	// Applied is true once the plan has been carried out.
	Applied bool `json:"applied" doc:"True when the plan was carried out"`
	// Generation is that of the configuration in force afterwards.
	Generation int64 `json:"generation" doc:"Generation of the configuration in force"`
}

// PlanItem is one document of a plan.
type PlanItem struct {
	Action string `json:"action" enum:"create,update,delete,unchanged" doc:"What happens to the document"`
	Kind   Kind   `json:"kind" doc:"Kind of the document"`
	Tenant string `json:"tenant,omitempty" doc:"Owning tenant"`
	Name   string `json:"name" doc:"Name of the document"`
	// Fields are the top-level fields an update changes.
	Fields []string `json:"fields,omitempty" doc:"Fields that an update changes"`
}

// AuditReport is the outcome of walking the whole audit chain.
type AuditReport struct {
	OK    bool  `json:"ok" doc:"True when no link is missing or altered"`
	Links int64 `json:"links" doc:"Links that were checked"`
	// Words says what was found.
	Words string `json:"words" doc:"What was found"`
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T `json:"items" nullable:"false" doc:"The items, in order"`
	// Next is what to send as after, or as cursor where the operation has that,
	// for the next page; empty on the last one.
	Next string `json:"next,omitempty" doc:"Send as after (or cursor) for the next page; absent on the last"`
	// Total counts the items of all pages; zero where counting is not offered.
	Total int `json:"total,omitempty" doc:"Items on all pages, where they are counted"`
}

// SetupCode makes the first administrator, once.
type SetupCode struct {
	Code      string    `json:"code" doc:"The setup code"`
	ExpiresAt time.Time `json:"expires_at" doc:"When it can no longer be redeemed"`
}

// ConfigFile carries a configuration file to diff or apply.
type ConfigFile struct {
	YAML string `json:"yaml" maxLength:"4194304" doc:"The file: a mapping with one list per noun"`
	// Prune also deletes what is missing from a list that the file has.
	Prune bool `json:"prune,omitempty" doc:"Also delete what is missing from a list that the file has"`
}

// ConfigText is the configuration as a file, without its secrets.
type ConfigText struct {
	YAML string `json:"yaml" doc:"The configuration without its secrets, as apply accepts it"`
}

// AuthInput signs an open socket in.
type AuthInput struct {
	Token string `json:"token" maxLength:"256" writeOnly:"true" doc:"Token of a session, or the content of admin.token"`
}

// SubscribeInput begins to follow something over a socket.
type SubscribeInput struct {
	// Subscription is the name under which events arrive, chosen by the
	// client and unique on its socket.
	Subscription string `json:"subscription" maxLength:"64" doc:"Name under which events arrive; unique on this socket"`
	// After is the number of the last event the client has seen; zero means
	// only what happens from now on.
	After int64 `json:"after,omitempty" doc:"Number of the last event seen; 0 means only new ones"`
}

// Subscribed confirms a subscription.
type Subscribed struct {
	Subscription string `json:"subscription" doc:"Name under which events arrive"`
}

// Push is what a subscription receives: a JSON-RPC notification whose method
// is the one that was subscribed to.
type Push struct {
	Subscription string `json:"subscription" doc:"Name under which the client subscribed"`
	// Seq is the number of the last event in Events: send it as After to go on
	// from here.
	Seq    int64   `json:"seq" doc:"Number of the last event"`
	Events []Event `json:"events" nullable:"false" doc:"The events, oldest first"`
	// Dropped counts events that were lost because the client was too slow or
	// came back too late.
	Dropped int64 `json:"dropped,omitempty" doc:"Events lost since the last push"`
}

// CallPage is one page of the call log, newest first.
type CallPage struct {
	Items []Call `json:"items" nullable:"false" doc:"The calls, newest first"`
	// Next is what to send as cursor for the next page; empty on the last one.
	Next string `json:"next,omitempty" doc:"Send as cursor for the next page; absent on the last"`
	// Partial is true when the search ran out of time; Next goes on where it stopped.
	Partial bool `json:"partial,omitempty" doc:"True when the search ran out of time; next goes on where it stopped"`
}
