package live

import "net"

// Dialable returns where a listener can be reached from this machine, such as "127.0.0.1:80".
func Dialable(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); err != nil || ip.IsUnspecified() {
		host = "localhost" // it listens on every address
	}
	return net.JoinHostPort(host, port)
}
