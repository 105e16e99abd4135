package listen

// FileLimit is 0: this system has no such limit.
func FileLimit() uint64 { return 0 }

// RaiseFileLimit does nothing where there is no limit.
func RaiseFileLimit() (uint64, error) { return 0, nil }
