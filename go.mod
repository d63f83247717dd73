module github.com/seed-abb722f7/nines

go 1.25.0
