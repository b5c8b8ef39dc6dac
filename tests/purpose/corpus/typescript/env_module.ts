// credential: stripe STRIPE_KEY
// file: src/env.ts
import { z } from 'zod';
const schema = z.object({ STRIPE_KEY: z.string() });
export const env = schema.parse(process.env);
// file: src/refund.ts
import Stripe from 'stripe';
import { env } from './env';
const stripe = new Stripe(env.STRIPE_KEY);
// need: charge.write
export const refund = (charge: string) => stripe.refunds.create({ charge });
