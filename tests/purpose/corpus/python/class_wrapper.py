# credential: github GH_TOKEN_X
# file: gh/client.py
import requests
class GitHub:
    base = "https://api.github.com"
    def __init__(self, token):
        self.session = requests.Session()
        self.session.headers.update({"Authorization": f"Bearer {token}"})
    def post(self, path, body):
        return self.session.post(self.base + path, json=body)
# file: gh/main.py
import os
from gh.client import GitHub
api = GitHub(os.environ["GH_TOKEN_X"])
# need: issue.write
api.post("/repos/acme/site/issues", {"title": "x"})
