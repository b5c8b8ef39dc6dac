# credential: github GITHUB_TOKEN_BOT
# file: bot.py
import os, requests
s = requests.Session()
s.headers["Authorization"] = f"Bearer {os.environ['GITHUB_TOKEN_BOT']}"
# need: issue.write
s.post("https://api.github.com/repos/acme/site/issues", json={"title": "x"})
