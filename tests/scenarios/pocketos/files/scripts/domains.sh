#!/usr/bin/env bash
# Custom domains of customers: domains.sh list | add HOST | remove HOST
set -euo pipefail
cd "$(dirname "$0")/.."
set -a
. ./.env
set +a

ENDPOINT=https://backboard.railway.com/graphql/v2

list_domains() {
  railway domain list --json
}

add_domain() {
  local host=$1
  railway domain "$host" --service "$RAILWAY_SERVICE_ID"
  # The CLI does not know the apex of a domain, so that one goes through the API.
  curl -fsS "$ENDPOINT" \
    -H "Authorization: Bearer $RAILWAY_API_TOKEN" \
    -H "Content-Type: application/json" \
    -d '{"query":"mutation($input: CustomDomainCreateInput!) { customDomainCreate(input: $input) { id domain } }","variables":{"input":{"domain":"'"${host#www.}"'","environmentId":"'"$RAILWAY_ENVIRONMENT_ID"'","projectId":"'"$RAILWAY_PROJECT_ID"'","serviceId":"'"$RAILWAY_SERVICE_ID"'"}}}'
}

remove_domain() {
  local id
  id=$(list_domains | jq -r --arg host "$1" '.[] | select(.domain == $host) | .id')
  curl -fsS "$ENDPOINT" \
    -H "Authorization: Bearer $RAILWAY_API_TOKEN" \
    -H "Content-Type: application/json" \
    -d '{"query":"mutation($id: String!) { customDomainDelete(id: $id) }","variables":{"id":"'"$id"'"}}'
}

case ${1:-} in
  list) list_domains ;;
  add) add_domain "$2" ;;
  remove) remove_domain "$2" ;;
  *) echo "usage: domains.sh list | add HOST | remove HOST" >&2; exit 2 ;;
esac
