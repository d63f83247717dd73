package httpslo_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/slo"
)

// A lingering writer returns from a write only after the client has left with what was written.
type lingering struct {
	http.ResponseWriter
	left func()
}

func (w lingering) Write(p []byte) (int, error) {
	defer w.left()
	return w.ResponseWriter.Write(p)
}

func (w lingering) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func (w lingering) ReadFrom(src io.Reader) (int64, error) {
	defer w.left()
	return io.Copy(struct{ io.Writer }{w.ResponseWriter}, src)
}

// TestClientTakesAllAndLeaves: a client that has got everything is served, though it is gone
// before the handler hears that the last write went well.
func TestClientTakesAllAndLeaves(t *testing.T) {
	const page = "all of it"
	for name, write := range map[string]func(http.ResponseWriter) error{
		"Write": func(w http.ResponseWriter) error {
			_, err := w.Write([]byte(page))
			return err
		},
		"WriteString": func(w http.ResponseWriter) error {
			_, err := io.WriteString(w, page)
			return err
		},
		"ReadFrom": func(w http.ResponseWriter) error {
			_, err := io.Copy(w, struct{ io.Reader }{strings.NewReader(page)})
			return err
		},
	} {
		for _, c := range []struct {
			length string
			want   slo.Class
		}{{"9", slo.Success}, {"10", slo.Cancelled}} {
			for layering, wrap := range layerings {
				protocols(t, name+" of 9 of "+c.length+"/"+layering, func(e *rig) {
					h := wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Content-Length", c.length)
						if err := write(w); err != nil {
							e.t.Error(err)
						}
					}))
					leave := make(chan struct{})
					e.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						h.ServeHTTP(lingering{w, func() {
							_ = http.NewResponseController(w).Flush()
							close(leave)
							<-r.Context().Done()
						}}, r)
					}))
					e.leave("/row", leave)
					e.recorded(route + " " + c.want.String() + " 1")
				})
			}
		}
	}
}
