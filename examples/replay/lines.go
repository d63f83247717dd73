package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// maxLine is the length of the longest line that is read, its end included. Servers
// bound the parts of a request to some kilobytes; what is longer is no log line, and
// this is all the memory that it can take.
const maxLine = 1 << 20

// A lineReader reads lines of any length in bounded memory.
type lineReader struct {
	in     *bufio.Reader
	number uint64 // of the line last read, from 1
}

// newLineReader returns a reader of the lines of in, which is decompressed if it
// begins like gzip data. An error says that it only begins so.
func newLineReader(in io.Reader) (*lineReader, error) {
	b := bufio.NewReader(in)
	// What is too short to be gzip data is text, and errors come again when it is read.
	if magic, _ := b.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return &lineReader{in: bufio.NewReaderSize(b, maxLine)}, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("looks like gzip data: %w", whole(err))
	}
	return &lineReader{in: bufio.NewReaderSize(z, maxLine)}, nil
}

// next returns the next line, without its end and valid until the call after. tooLong
// says that the line was longer than maxLine, and is not returned. The error is io.EOF
// after the last line, which may lack an end.
func (l *lineReader) next() (line []byte, tooLong bool, err error) {
	line, err = l.in.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		tooLong = true
		line, err = l.in.ReadSlice('\n')
	}
	switch {
	case errors.Is(err, io.EOF):
		if len(line) == 0 && !tooLong {
			return nil, false, io.EOF
		}
		tooLong = tooLong || len(line) == maxLine // some readers report their end with the last byte, some after it
	case err != nil:
		return nil, false, fmt.Errorf("after line %d: %w", l.number, whole(err))
	}
	l.number++
	if tooLong {
		return nil, true, nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), false, nil
}

// whole explains the error of data that was cut off.
func whole(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("the compressed data is cut off: %w", io.ErrUnexpectedEOF)
	}
	return err
}
