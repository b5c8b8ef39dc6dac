# credential: openai OPENAI_API_KEY
# file: o.sh
#!/bin/bash
# need: model.call
curl https://api.openai.com/v1/chat/completions -H "Authorization: Bearer $OPENAI_API_KEY" -H 'Content-Type: application/json' -d '{"model":"gpt-4o","messages":[]}'
