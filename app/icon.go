package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// shape is how a standing looks: never by colour alone.
type shape string

// The shapes, and what they stand for.
const (
	shapeServing  shape = "serving"  // a disc
	shapeDegraded shape = "degraded" // a triangle
	shapeDown     shape = "down"     // a square with a bar
	shapeAway     shape = "away"     // a ring
)

// colours go with light and dark panels alike.
var colours = map[shape]color.NRGBA{
	shapeServing: {0x15, 0x9a, 0x8c, 0xff}, shapeDegraded: {0xe0, 0x9b, 0x10, 0xff},
	shapeDown: {0xd9, 0x36, 0x3e, 0xff}, shapeAway: {0x8a, 0x94, 0x9e, 0xff},
}

// inside reports whether a point of the square from -1 to 1 belongs to a shape.
func (s shape) inside(x, y float64) bool {
	r := math.Hypot(x, y)
	switch s {
	case shapeDegraded:
		return y < 0.8 && y > 2*math.Abs(x)-0.9
	case shapeDown:
		return math.Max(math.Abs(x), math.Abs(y)) < 0.85 && (math.Abs(y) > 0.17 || math.Abs(x) > 0.55)
	case shapeAway:
		return r < 0.9 && r > 0.55
	case shapeServing:
	}
	return r < 0.9
}

// icon draws a shape as PNG, smooth at its edges by four samples a side.
func icon(s shape, size int) []byte {
	const samples = 4
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			hits := 0
			for i := range samples * samples {
				x := (float64(px) + (float64(i%samples)+0.5)/samples) / float64(size)
				y := (float64(py) + (float64(i/samples)+0.5)/samples) / float64(size)
				if s.inside(2*x-1, 2*y-1) {
					hits++
				}
			}
			c := colours[s]
			c.A = uint8(255 * hits / (samples * samples))
			img.SetNRGBA(px, py, c)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic("bug: drawing an icon: " + err.Error()) // a buffer takes everything
	}
	return out.Bytes()
}
