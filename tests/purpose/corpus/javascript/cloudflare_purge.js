// credential: cloudflare CF_API_TOKEN
// file: scripts/purge.mjs
const zone = process.env.CF_ZONE;
// need: cache.purge
await fetch(`https://api.cloudflare.com/client/v4/zones/${zone}/purge_cache`, {
  method: 'POST',
  headers: { Authorization: 'Bearer ' + process.env.CF_API_TOKEN },
  body: JSON.stringify({ purge_everything: true }),
});
