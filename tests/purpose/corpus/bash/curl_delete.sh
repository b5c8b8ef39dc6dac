# credential: github T
# file: del.sh
#!/bin/bash
# need: contents.destroy
curl -X DELETE -H "Authorization: token $T" https://api.github.com/repos/acme/site/git/refs/heads/old
