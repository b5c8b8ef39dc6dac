# credential: slack SLACK_BOT_TOKEN
# file: bot.py
import os
from slack_sdk import WebClient
client = WebClient(token=os.environ["SLACK_BOT_TOKEN"])
# need: channel.read
client.conversations_list()
# need: file.write
client.files_upload_v2(channel="C1", file="report.csv")
