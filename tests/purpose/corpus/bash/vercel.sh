# credential: vercel VERCEL_TOKEN
# file: v.sh
#!/bin/sh
# need: deployment.create
vercel deploy --prod --token "$VERCEL_TOKEN"
