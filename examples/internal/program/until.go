package program

import (
	"context"
	"time"

	"github.com/seed-abb722f7/nines/internal/await"
)

// patience is how long anything may take that takes a second or two.
const patience = time.Minute

// Until waits for something to hold. The error is that of ctx, or context.DeadlineExceeded after
// a minute.
func Until(ctx context.Context, holds func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return await.Until(ctx, holds)
}
