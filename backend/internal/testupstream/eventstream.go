package testupstream

import (
	"encoding/binary"
	"hash/crc32"
)

// eventStream is AWS's binary framing (application/vnd.amazon.eventstream). It
// has neither lines nor comments.
func eventStream() framing {
	return framing{
		contentType: "application/vnd.amazon.eventstream",
		render: func(fr frame) string {
			kind, typed := "event", ":event-type"
			if fr.exception {
				kind, typed = "exception", ":exception-type"
			}
			return string(awsMessage([]byte(fr.data), [2]string{typed, fr.name},
				[2]string{":content-type", "application/json"}, [2]string{":message-type", kind}))
		},
	}
}

// Sizes of AWS's message format: the prelude is two lengths and their checksum,
// the message ends with the checksum of all before it.
const (
	awsPrelude  = 12
	awsChecksum = 4
	awsString   = 7 // the type of a header whose value is a string
)

// awsMessage encodes one message. Both checksums are CRC-32 of the IEEE kind.
func awsMessage(payload []byte, headers ...[2]string) []byte {
	var head []byte
	for _, h := range headers {
		head = append(head, byte(len(h[0])))
		head = append(head, h[0]...)
		head = append(head, awsString)
		head = binary.BigEndian.AppendUint16(head, uint16(len(h[1])))
		head = append(head, h[1]...)
	}
	total := awsPrelude + len(head) + len(payload) + awsChecksum
	out := make([]byte, 0, total)
	out = binary.BigEndian.AppendUint32(out, uint32(total))
	out = binary.BigEndian.AppendUint32(out, uint32(len(head)))
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
	out = append(out, head...)
	out = append(out, payload...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}
