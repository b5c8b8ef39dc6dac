# credential: slack SLACK_TOKEN
# file: notify.py
import os, httpx
async def notify(text):
    async with httpx.AsyncClient() as client:
        # need: message.send
        await client.post("https://slack.com/api/chat.postMessage",
                          headers={"Authorization": "Bearer " + os.environ["SLACK_TOKEN"]},
                          json={"channel": "C1", "text": text})
