package alertslo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrSignature is the error of [Verify].
var ErrSignature = errors.New("alertslo: the request was not signed by whoever has the key, or not now")

// DefaultTolerance is how far the clocks of sender and receiver may be apart, and how long a
// request that was overheard can be sent again.
const DefaultTolerance = 5 * time.Minute

const signatureVersion = "v1="

// Verify checks what a [Webhook] sent, for receivers: that it was signed with the key, and not
// longer ago, or later from now, than the tolerance, which is [DefaultTolerance] if it is
// zero. Within that a request can be sent again by whoever overheard it, with the same
// [HeaderIdempotencyKey], which is signed too: remember those for twice the tolerance. The
// error is ErrSignature, and says no more. An empty key verifies nothing.
//
// The signature is, in hexadecimal after "v1=", HMAC-SHA256 with the key over [HeaderTimestamp], a
// line feed, [HeaderIdempotencyKey], a line feed, and the body as it came. It is compared in
// constant time.
func Verify(key Secret, header http.Header, body []byte, tolerance time.Duration) error {
	if tolerance <= 0 {
		tolerance = DefaultTolerance
	}
	stamp, id := header.Get(HeaderTimestamp), header.Get(HeaderIdempotencyKey)
	want := signatureOf(key, stamp, id, body)
	genuine := hmac.Equal([]byte(want), []byte(header.Get(HeaderSignature)))
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if key == "" || !genuine || err != nil || time.Since(time.Unix(seconds, 0)).Abs() > tolerance+time.Second { // stamps are whole seconds
		return ErrSignature
	}
	return nil
}

func signatureOf(key Secret, stamp, id string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(string(key)))
	_, _ = io.Copy(mac, io.MultiReader(strings.NewReader(stamp+"\n"+id+"\n"), strings.NewReader(string(body)))) // a hash takes everything
	return signatureVersion + hex.EncodeToString(mac.Sum(nil))
}
