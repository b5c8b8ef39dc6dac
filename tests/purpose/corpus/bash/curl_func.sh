# credential: slack SLACK_TOKEN
# file: n.sh
#!/bin/bash
slack() {
  curl -sS -X POST -H "Authorization: Bearer $SLACK_TOKEN" "https://slack.com/api/$1" -d "$2"
}
# need: message.send
slack chat.postMessage '{"channel":"C1","text":"hi"}'
