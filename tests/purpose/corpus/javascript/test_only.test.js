// credential: stripe STRIPE_SECRET_KEY
// file: test/pay.test.js
const stripe = require('stripe')(process.env.STRIPE_SECRET_KEY);
test('charges', async () => {
  // need: charge.write
  await stripe.charges.create({ amount: 1, currency: 'eur', source: 'tok_visa' });
});
