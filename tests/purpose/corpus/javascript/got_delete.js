// credential: digitalocean DO_TOKEN
// file: clean.js
import got from 'got';
const headers = { authorization: `Bearer ${process.env.DO_TOKEN}` };
// need: droplet.destroy
await got.delete('https://api.digitalocean.com/v2/droplets/12345', { headers });
