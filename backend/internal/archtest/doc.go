// Package archtest proves the rules of the architecture that a compiler does
// not: which package may know which, what no package may do, and how large a
// thing may grow.
//
// It holds tests only and looks at product code only, generated code and test
// files excepted. The linter shows the same edges while one writes; here whole
// paths count, so nothing gets in through a third package. It does not judge
// style and measures nothing at run time.
//
// Its one invariant: every rule has a why, and every rule is shown to catch a
// planted violation.
package archtest
