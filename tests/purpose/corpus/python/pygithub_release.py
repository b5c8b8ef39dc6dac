# credential: github GH_TOKEN_RELEASE
# file: release.py
import os
from github import Auth, Github
g = Github(auth=Auth.Token(os.environ["GH_TOKEN_RELEASE"]))
repo = g.get_repo("acme/site")
# need: contents.write
repo.create_git_release("v1", "v1", "notes")
