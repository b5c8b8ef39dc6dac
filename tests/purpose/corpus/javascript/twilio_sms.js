// credential: twilio TWILIO_AUTH_TOKEN
// file: sms.js
const twilio = require('twilio');
const client = twilio(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN);
// need: message.send
client.messages.create({ body: 'hi', from: '+15550001', to: '+15550002' });
