package main

import (
	"context"
	"log"
	"os"

	"fleet.example/fleet/internal/store"
	"github.com/google/go-github/v66/github"
)

func main() {
	ctx := context.Background()
	db, err := store.Open(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	if err := db.Park(ctx, "van-1"); err != nil {
		log.Fatal(err)
	}
	client := github.NewClient(nil).WithAuthToken(os.Getenv("ISSUES_TOKEN"))
	if _, _, err := client.Issues.Create(ctx, "fleet", "vans", &github.IssueRequest{}); err != nil {
		log.Fatal(err)
	}
}
