// credential: stripe STRIPE_SECRET_KEY
// file: check.js
if (!process.env.STRIPE_SECRET_KEY) throw new Error('missing');
// unknown
console.log('key has', process.env.STRIPE_SECRET_KEY.length, 'characters');
