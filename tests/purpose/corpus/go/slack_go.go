// credential: slack SLACK_BOT_TOKEN
// file: notify/slack.go
package notify
import ("os"; "github.com/slack-go/slack")
func Send(text string) error {
	api := slack.New(os.Getenv("SLACK_BOT_TOKEN"))
	// need: message.send @ channel=C1
	_, _, err := api.PostMessage("C1", slack.MsgOptionText(text, false))
	return err
}
