// credential: vercel VERCEL_TOKEN
// file: scripts/env.ts
const token = process.env.VERCEL_TOKEN;
export async function projects() {
  // need: project.read
  const res = await fetch('https://api.vercel.com/v9/projects', { headers: { Authorization: `Bearer ${token}` } });
  return res.json();
}
