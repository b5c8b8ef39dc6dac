// credential: stripe STRIPE_SECRET_KEY
// file: lib/stripe.ts
import Stripe from 'stripe';
let client: Stripe | null = null;
export function getStripe(): Stripe {
  if (!client) client = new Stripe(process.env.STRIPE_SECRET_KEY as string, { apiVersion: '2024-06-20' });
  return client;
}
// file: app/checkout.ts
import { getStripe } from '../lib/stripe';
export async function checkout(customer: string) {
  const stripe = getStripe();
  // need: checkout.write
  return stripe.checkout.sessions.create({ customer, mode: 'subscription' });
}
