# credential: github GH_TOKEN
# file: q.sh
#!/bin/bash
# need: actions.read
gh api repos/acme/site/actions/runs --jq '.workflow_runs[0].id'
