package program

import (
	"context"
	"net"
)

// FreeAddress returns an address on loopback whose port was free a moment ago: most programs
// have no way to tell which one they chose but their log.
func FreeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
