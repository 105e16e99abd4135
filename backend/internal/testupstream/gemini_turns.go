package testupstream

import (
	"encoding/json"
	"fmt"
	"slices"
)

// checkTurns wants turns with parts, from the user and the model in turn. The
// vendor itself is recorded to have taken two turns of one side, and text where
// the result of a call should be (gemini-2.0-flash, 2026). The fake stays with
// the stricter rule, as what keeps it is taken everywhere.
func checkTurns(turns []geminiContent) string {
	if len(turns) == 0 {
		return "* GenerateContentRequest.contents: contents is not specified\n"
	}
	last := ""
	for i, turn := range turns {
		role := turn.Role
		switch role {
		case "", "function": // the older word for a turn of results
			role = "user"
		case "user", "model":
		default:
			return "Please use a valid role: user, model."
		}
		if len(turn.Parts) == 0 {
			return fmt.Sprintf("* GenerateContentRequest.contents[%d].parts: contents.parts must not be empty.\n", i)
		}
		if role == last {
			return "Please ensure that multiturn requests alternate between user and model."
		}
		last = role
		if fault := checkParts(turn.Parts, i); fault != "" {
			return fault
		}
	}
	if last == "model" {
		return "Please ensure that multiturn requests end with a user turn."
	}
	return ""
}

// checkParts wants each part to hold one thing the vendor knows.
func checkParts(parts []members, turn int) string {
	data := []string{"text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult"}
	for j, part := range parts {
		at := fmt.Sprintf("contents[%d].parts[%d]", turn, j)
		if fault := part.unknown(" at '"+at+"'", append(data, "thought", "thoughtSignature", "videoMetadata", "partMetadata", "mediaResolution")...); fault != "" {
			return fault
		}
		n := 0
		for _, name := range data {
			if !blank(part[name]) {
				n++
			}
		}
		switch {
		case n == 0 && blank(part["thoughtSignature"]):
			return fmt.Sprintf("* GenerateContentRequest.%s.data: required oneof field 'data' must have one initialized field\n", at)
		case n > 1:
			return fmt.Sprintf("Invalid value at '%s' (oneof), oneof field 'data' is already set.", at)
		}
	}
	return ""
}

// checkCalls wants as many results right behind a turn of calls as it has
// calls, and, of the models that insist, that the current turn's calls are signed.
func checkCalls(turns []geminiContent, signed bool) string {
	open := 0
	current := lastAsked(turns)
	for i, turn := range turns {
		calls, results := count(turn.Parts, "functionCall"), count(turn.Parts, "functionResponse")
		if fault := checkResults(open, results); fault != "" {
			return fault
		}
		if calls > 0 && (turn.Role != "model" || i == 0) {
			return "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
		}
		if fault := checkPayloads(turn.Parts, i); fault != "" {
			return fault
		}
		if signed && i > current && !firstCallSigned(turn.Parts) {
			return "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly."
		}
		open = calls
	}
	return ""
}

// checkResults wants as many results as the turn before has calls.
func checkResults(calls, results int) string {
	switch {
	case results != calls && calls > 0:
		return "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn."
	case results > 0 && calls == 0:
		return "Please ensure that function response turn comes immediately after a function call turn."
	}
	return ""
}

func count(parts []members, name string) int {
	n := 0
	for _, part := range parts {
		if !blank(part[name]) {
			n++
		}
	}
	return n
}

// lastAsked is the last turn in which the user says something new.
func lastAsked(turns []geminiContent) int {
	for i, turn := range slices.Backward(turns) {
		if turn.Role != "model" && count(turn.Parts, "functionResponse") == 0 {
			return i
		}
	}
	return -1
}

func firstCallSigned(parts []members) bool {
	for _, part := range parts {
		if !blank(part["functionCall"]) {
			return !blank(part["thoughtSignature"])
		}
	}
	return true
}

// checkPayloads wants names, and objects for arguments and results.
func checkPayloads(parts []members, turn int) string {
	for j, part := range parts {
		for _, row := range [][2]string{{"functionCall", "args"}, {"functionResponse", "response"}} {
			if blank(part[row[0]]) {
				continue
			}
			var m members
			var name string
			var object map[string]any
			at := fmt.Sprintf("contents[%d].parts[%d].%s", turn, j, row[0])
			switch {
			case json.Unmarshal(part[row[0]], &m) != nil:
				return fmt.Sprintf("Invalid value at '%s'.", at)
			case json.Unmarshal(m["name"], &name) != nil || name == "":
				return fmt.Sprintf("* GenerateContentRequest.%s.name: Name cannot be empty.\n", at)
			case !blank(m[row[1]]) && json.Unmarshal(m[row[1]], &object) != nil:
				return fmt.Sprintf("Invalid value at '%s.%s' (type.googleapis.com/google.protobuf.Struct).", at, row[1])
			}
		}
	}
	return ""
}
