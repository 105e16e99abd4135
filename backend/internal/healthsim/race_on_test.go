//go:build race

package healthsim

const raceDetector = true
