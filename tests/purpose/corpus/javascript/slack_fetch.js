// credential: slack SLACK_TOKEN
// file: notify.js
async function notify(text) {
  // need: message.send
  await fetch('https://slack.com/api/chat.postMessage', {
    method: 'POST',
    headers: { Authorization: `Bearer ${process.env.SLACK_TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ channel: process.env.CHANNEL, text }),
  });
}
notify('hi');
