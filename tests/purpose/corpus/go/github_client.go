// credential: github GITHUB_PAT
// file: main.go
package main
import ("context"; "os"; "github.com/google/go-github/v66/github")
func main() {
	client := github.NewClient(nil).WithAuthToken(os.Getenv("GITHUB_PAT"))
	// need: pull.read
	client.PullRequests.List(context.Background(), "acme", "site", nil)
	// need: issue.write
	client.Issues.CreateComment(context.Background(), "acme", "site", 1, nil)
}
