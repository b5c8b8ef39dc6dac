# credential: digitalocean DIGITALOCEAN_TOKEN
# file: drop.py
import os, requests
H = {"Authorization": f"Bearer {os.environ['DIGITALOCEAN_TOKEN']}"}
# need: droplet.read
ids = [d["id"] for d in requests.get("https://api.digitalocean.com/v2/droplets", headers=H).json()["droplets"]]
for i in ids:
    # need: droplet.destroy
    requests.delete(f"https://api.digitalocean.com/v2/droplets/{i}", headers=H)
