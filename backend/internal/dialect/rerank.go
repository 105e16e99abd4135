package dialect

// RerankQuery asks how well documents answer a query.
type RerankQuery struct {
	Query     string
	Documents []string
	// Top is how many of the best are wanted; zero means all.
	Top int
	// Show wants the documents repeated in the answer.
	Show bool
	// MaxTokens bounds what is read of each document; zero means the model's own.
	MaxTokens int
}

// Ranked is a document in the answer to a RerankQuery.
type Ranked struct {
	// Index is the document's place in the query.
	Index int
	Score float64
}
