# credential: github GH_PAT
# file: proxy.py
import os, requests
def proxy(path, method):
    # unknown
    return requests.request(method, "https://api.github.com" + path,
                            headers={"Authorization": "token " + os.environ["GH_PAT"]})
