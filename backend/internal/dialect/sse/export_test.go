package sse

// New makes a Splitter with other limits than the default ones.
func New(limits Limits) *Splitter { return &Splitter{limits: limits} }
