# credential: gitlab GL_TOKEN
# file: mr.py
import os, gitlab
gl = gitlab.Gitlab("https://gitlab.com", private_token=os.environ["GL_TOKEN"])
project = gl.projects.get(42)
# need: merge_request.write
project.mergerequests.create({"source_branch": "x", "target_branch": "main", "title": "t"})
