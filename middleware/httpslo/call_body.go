package httpslo

import "io"

// A callBody is the body of a response, which ends the call that it answers.
type callBody struct {
	under io.ReadCloser
	call  *call
}

// Read is io.Reader's.
func (b *callBody) Read(p []byte) (int, error) {
	n, err := b.under.Read(p)
	if err != nil {
		b.ended(err)
	}
	return n, err
}

// Close is io.Closer's. The call ends before the body is closed: what a read under way
// meets then is the caller's doing.
func (b *callBody) Close() error {
	b.call.end(CallOutcome{})
	return b.under.Close()
}

func (b *callBody) ended(err error) {
	if err == io.EOF { //nolint:errorlint // io.Reader returns it as it is
		err = nil
	}
	b.call.end(CallOutcome{Err: err})
}

// A callBodyWriterTo is a body that has WriteTo too.
type callBodyWriterTo struct {
	*callBody
	under io.WriterTo
}

// WriteTo is io.WriterTo's.
func (b *callBodyWriterTo) WriteTo(w io.Writer) (int64, error) {
	to := &target{Writer: w}
	n, err := b.under.WriteTo(to)
	if to.err == nil { // else it was not the body that failed
		b.ended(err)
	}
	return n, err
}

// A target knows whether a write to it failed.
type target struct {
	io.Writer
	err error
}

func (t *target) Write(p []byte) (int, error) {
	n, err := t.Writer.Write(p)
	if err != nil {
		t.err = err
	}
	return n, err
}
