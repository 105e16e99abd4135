package bedrock

import "testing"

func TestModelsAreKnownByTheirIDs(t *testing.T) {
	for id, want := range map[string]model{
		"anthropic.claude-3-haiku-20240307-v1:0":                                     {family: familyClaude, generation: 30},
		"us.anthropic.claude-3-7-sonnet-20250219-v1:0":                               {family: familyClaude, generation: 37},
		"anthropic.claude-sonnet-4-20250514-v1:0":                                    {family: familyClaude, generation: 40},
		"eu.anthropic.claude-opus-4-1-20250805-v1:0":                                 {family: familyClaude, generation: 41},
		"us.anthropic.claude-sonnet-4-6":                                             {family: familyClaude, generation: 46},
		"us.anthropic.claude-sonnet-5":                                               {family: familyClaude, generation: 50},
		"arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-5": {family: familyClaude, generation: 45},
		"anthropic.claude-v2:1":                                                      {family: familyClaude, generation: 10},
		"global.anthropic.claude-opus-5-5":                                           {family: familyClaude, generation: 55, tireless: true},
		"anthropic.claude-fable-5":                                                   {family: familyClaude, generation: 50, tireless: true},
		"amazon.nova-pro-v1:0":                                                       {family: familyNova},
		"us.amazon.nova-2-lite-v1:0":                                                 {family: familyNova, generation: 20},
		"openai.gpt-oss-120b-1:0":                                                    {family: familyGPT, generation: 10},
		"us.mistral.pixtral-large-2502-v1:0":                                         {family: familyMistral},
		"meta.llama3-3-70b-instruct-v1:0":                                            {},
		"arn:aws:bedrock:us-east-1:1:application-inference-profile/abc":              {},
	} {
		if got := parseModel(id); got != want {
			t.Errorf("%s: got %+v, want %+v", id, got, want)
		}
	}
}
