// credential: railway RAILWAY_TOKEN
// file: deploy.js
const { execSync } = require('child_process');
// need: deployment.create
execSync('railway up --detach', { stdio: 'inherit', env: { ...process.env } });
