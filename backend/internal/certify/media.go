package certify

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

// The picture has one colour and the document one word: what is asked for cannot
// be guessed from the question.
const (
	pictureColour = "yellow"
	documentWord  = "marshwarbler"
	// pictureSide is small, yet larger than what vendors refuse. Unit: pixels.
	pictureSide = 64
)

// picture is a PNG in base64.
func picture() string {
	img := image.NewRGBA(image.Rect(0, 0, pictureSide, pictureSide))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{R: 255, G: 255, A: 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic("bug: encoding the picture of a live check: " + err.Error())
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// document is a PDF of one page in base64. Source: ISO 32000-1, 7.5.
func document() string {
	content := fmt.Sprintf("BT /F1 36 Tf 60 120 Td (%s) Tj ET", documentWord)
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 240] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b, table bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	table.WriteString("0000000000 65535 f \n")
	for i, object := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table.Bytes(), len(objects)+1, at)
	return base64.StdEncoding.EncodeToString(b.Bytes())
}
