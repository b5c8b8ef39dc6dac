# credential: github GH_TOKEN
# file: loop.sh
#!/bin/bash
for r in site api; do
  # need: issue.read
  gh issue list --repo "acme/$r"
done
