// credential: slack SLACK_BOT_TOKEN
// file: app.js
const { App } = require('@slack/bolt');
const app = new App({ token: process.env.SLACK_BOT_TOKEN, signingSecret: process.env.SLACK_SIGNING_SECRET });
app.command('/deploy', async ({ ack, client }) => {
  await ack();
  // need: message.send @ channel=#ops
  await client.chat.postMessage({ channel: '#ops', text: 'deploying' });
});
