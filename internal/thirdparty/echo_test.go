package thirdparty

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

func newEcho() *echo.Echo {
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			err := next(c)
			if path := c.Path(); path != "" && !errors.Is(err, echo.ErrMethodNotAllowed) {
				r.Pattern = httpslo.Method(r) + " " + path
			}
			return err
		}
	})
	return e
}

func serveEcho(tracker *budget.Tracker, e *echo.Echo) http.Handler {
	return httpslo.Handler(tracker, e)
}
