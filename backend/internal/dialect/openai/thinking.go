package openai

import (
	"encoding/json"

	"headwater/backend/internal/dialect/peek"
)

// readThinkingBudget reads Qwen's bound, which holds where its switch is not off.
func readThinkingBudget(d *reader, name string, raw json.RawMessage) error {
	budget, ok := peek.Int(raw)
	if !ok || budget < 0 {
		return bad(name, "The field thinking_budget must be a whole number of 0 or more.")
	}
	if d.req.Effort != effortNone && budget > 0 {
		d.req.Effort, d.req.ThinkingTokens = "", int(budget)
	}
	return nil
}

// readThinkingSwitch reads Qwen's switch, which only says whether to think.
func readThinkingSwitch(d *reader, name string, raw json.RawMessage) error {
	switch string(raw) {
	case "true":
		d.req.Effort = "medium"
	case "false":
		d.req.Effort = effortNone
	default:
		return bad(name, "The field enable_thinking must be true or false.")
	}
	return nil
}

// readReasoning reads the form in which some routers take effort and budget.
func readReasoning(d *reader, name string, raw json.RawMessage) error {
	var r struct {
		Effort    string `json:"effort"`
		MaxTokens int    `json:"max_tokens"`
		Enabled   *bool  `json:"enabled"`
		Exclude   *bool  `json:"exclude"`
	}
	if json.Unmarshal(raw, &r) != nil {
		return bad(name, "The field reasoning must be an object.")
	}
	d.req.Effort, d.req.ThinkingTokens = r.Effort, r.MaxTokens
	if r.Exclude != nil {
		show := !*r.Exclude
		d.req.ShowThoughts = &show
	}
	switch {
	case r.Enabled == nil || r.Effort != "" || r.MaxTokens != 0:
	case *r.Enabled:
		d.req.Effort = "medium"
	default:
		d.req.Effort = "none"
	}
	return nil
}

// readThinking reads Anthropic's form, which some clients send to everybody.
func readThinking(d *reader, name string, raw json.RawMessage) error {
	var t struct {
		Type   string `json:"type"`
		Budget int    `json:"budget_tokens"`
	}
	if json.Unmarshal(raw, &t) != nil {
		return bad(name, "The field thinking must be an object.")
	}
	switch t.Type {
	case "disabled":
		d.req.Effort = "none"
	case "enabled":
		d.req.ThinkingTokens = t.Budget
		if t.Budget == 0 {
			d.req.Effort = "medium"
		}
	default:
		d.drop(name)
	}
	return nil
}
