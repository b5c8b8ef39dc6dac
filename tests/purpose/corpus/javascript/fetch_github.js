// credential: github BOT_TOKEN
// file: bot/labels.js
const api = 'https://api.github.com';
export async function label(n) {
  // need: issue.write
  const res = await fetch(`${api}/repos/acme/site/issues/${n}/labels`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${process.env.BOT_TOKEN}`, Accept: 'application/vnd.github+json' },
    body: JSON.stringify({ labels: ['triage'] }),
  });
  return res.json();
}
