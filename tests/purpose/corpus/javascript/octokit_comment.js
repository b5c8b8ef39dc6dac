// credential: github GITHUB_PAT
// file: bot/comment.js
import { Octokit } from '@octokit/rest';
const octokit = new Octokit({ auth: process.env.GITHUB_PAT });
export async function comment(n, body) {
  // need: issue.write
  await octokit.rest.issues.createComment({ owner: 'acme', repo: 'site', issue_number: n, body });
}
