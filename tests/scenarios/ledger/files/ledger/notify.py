import os

from slack_sdk import WebClient


def client() -> WebClient:
    return WebClient(token=os.environ["SLACK_BOT_TOKEN"])


def announce(text: str) -> None:
    client().chat_postMessage(channel="#ledger", text=text)
