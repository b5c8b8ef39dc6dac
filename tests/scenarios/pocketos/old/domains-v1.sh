#!/usr/bin/env bash
# Custom domains of customers: domains.sh HOST
set -euo pipefail
export RAILWAY_API_TOKEN=@@RAILWAY_ACCOUNT_TOKEN@@
railway domain "$1" --service api
