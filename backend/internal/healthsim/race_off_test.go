//go:build !race

package healthsim

const raceDetector = false
