# credential: cloudflare CLOUDFLARE_API_TOKEN
# file: dns.py
import os
from cloudflare import Cloudflare
client = Cloudflare(api_token=os.environ.get("CLOUDFLARE_API_TOKEN"))
# need: dns.write
client.dns.records.create(zone_id="z", type="A", name="www", content="192.0.2.1")
