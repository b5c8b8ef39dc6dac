// credential: github GH_RELEASE_TOKEN
// file: scripts/release.js
const { Octokit } = require('@octokit/rest');
const octokit = new Octokit({ auth: process.env.GH_RELEASE_TOKEN });
async function main() {
  // need: contents.write
  await octokit.rest.repos.createRelease({ owner: 'acme', repo: 'site', tag_name: 'v1' });
}
main();
