package thirdparty

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

func newGin() *gin.Engine {
	engine := gin.New()
	engine.Use(func(c *gin.Context) {
		if path := c.FullPath(); path != "" {
			c.Request.Pattern = httpslo.Method(c.Request) + " " + path
		}
	})
	return engine
}

func serveGin(tracker *budget.Tracker, engine *gin.Engine) http.Handler {
	return httpslo.Handler(tracker, engine)
}
