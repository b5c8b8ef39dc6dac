// credential: sendgrid SENDGRID_API_KEY
// file: lib/mail.js
const sgMail = require('@sendgrid/mail');
sgMail.setApiKey(process.env.SENDGRID_API_KEY);
module.exports.welcome = async (to) => {
  // need: mail.send
  await sgMail.send({ to, from: 'hi@acme.example', subject: 'Hi', text: 'hi' });
};
