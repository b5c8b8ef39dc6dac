// credential: github GITHUB_PAT
// file: src/call.ts
import { Octokit } from '@octokit/rest';
const octokit = new Octokit({ auth: process.env.GITHUB_PAT });
export function call(route: string, params: object) {
  // unknown
  return octokit.request(route, params);
}
