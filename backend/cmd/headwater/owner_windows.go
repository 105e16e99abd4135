package main

// giveBack has nothing to do: files inherit the rights of their folder here.
func giveBack(string) error { return nil }
