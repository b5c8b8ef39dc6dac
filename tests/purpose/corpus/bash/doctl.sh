# credential: digitalocean DIGITALOCEAN_ACCESS_TOKEN
# file: k.sh
#!/bin/sh
doctl auth init -t "$DIGITALOCEAN_ACCESS_TOKEN"
# need: droplet.destroy
doctl compute droplet delete web-1 --force
