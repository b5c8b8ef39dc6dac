#!/usr/bin/env bash
# Deploys by hand until Railway follows the repository.
set -euo pipefail
export RAILWAY_TOKEN=@@RAILWAY_OLD_TOKEN@@
railway up --service api --detach
curl -fsS -X POST https://api.github.com/repos/pocketos/rentals/releases \
  -H "Authorization: Bearer @@GITHUB_TOKEN@@" \
  -d '{"tag_name":"v'"$1"'"}'
