// credential: openai OPENAI_API_KEY
// file: main.go
package main
import ("net/http"; "os"; "strings")
func ask(body string) (*http.Response, error) {
	req, err := http.NewRequest("POST", "https://api.openai.com/v1/chat/completions", strings.NewReader(body))
	if err != nil { return nil, err }
	req.Header.Set("Authorization", "Bearer "+os.Getenv("OPENAI_API_KEY"))
	// need: model.call
	return http.DefaultClient.Do(req)
}
