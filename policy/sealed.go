package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"

	"github.com/seed-abb722f7/nines/slo"
)

// sealVersion is that of the blobs of this package: a line of the magic word, the version and
// the CRC-32C of what follows, which is JSON.
const sealVersion = 1

// seal makes a blob of what is to outlive the process.
func seal(magic string, state any) []byte {
	payload, err := json.Marshal(state)
	if err != nil {
		return nil // plain values of strings and numbers, which JSON can hold
	}
	return append(fmt.Appendf(nil, "%s %d %08x\n", magic, sealVersion, checksum(payload)), payload...)
}

// unseal reads what seal made into state. The error matches slo.ErrInvalid and says why;
// nothing of a refused blob is used.
func unseal(magic, field string, blob []byte, state any) error {
	refuse := func(reason string) error {
		return &slo.FieldError{Package: packageName, Field: field, Value: fmt.Sprintf("%d bytes", len(blob)), Reason: reason}
	}
	head, payload, _ := bytes.Cut(blob, []byte{'\n'})
	var version int
	var sum uint32
	if n, err := fmt.Sscanf(string(head), magic+" %d %x", &version, &sum); n == 0 || version == sealVersion && err != nil {
		return refuse("want what Snapshot returned: this is something else, or only its beginning")
	}
	if version != sealVersion {
		return refuse(fmt.Sprintf("want a snapshot of version %d: this one is of version %d", sealVersion, version))
	}
	if checksum(payload) != sum {
		return refuse("want a snapshot as it was written: the checksum does not fit")
	}
	if err := json.Unmarshal(payload, state); err != nil {
		return refuse("want a snapshot that can be read: " + err.Error())
	}
	return nil
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }
