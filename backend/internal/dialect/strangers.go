package dialect

// MostStrangers is how many names of unknown fields a decoder gives at most: a
// caller can think of millions, and who has read a hundred knows what to look for.
// Once Request.Unmapped holds so many, no more of them are added; the names of
// fields that a dialect knows always are.
const MostStrangers = 100
