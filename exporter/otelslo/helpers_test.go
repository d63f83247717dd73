package otelslo_test

import (
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// encoder writes attributes as key=value, by key.
var encoder attribute.Encoder = plain{}

type plain struct{}

func (plain) Encode(it attribute.Iterator) string {
	var list []string
	for it.Next() {
		kv := it.Attribute()
		list = append(list, string(kv.Key)+"="+kv.Value.Emit())
	}
	return strings.Join(list, ",")
}

func (plain) ID() attribute.EncoderID { return attribute.NewEncoderID() }

func keys(m map[string]int64) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), "\n")
}

func sum(m map[string]int64) (n int64) {
	for _, v := range m {
		n += v
	}
	return n
}
