# credential: cloudflare CLOUDFLARE_API_TOKEN
# file: d.sh
#!/bin/bash
# need: worker.deploy
npx wrangler deploy --env production
