# credential: railway RAILWAY_TOKEN
# file: e.sh
#!/bin/bash
cmd="$1"; shift
# unknown
railway $cmd "$@"
