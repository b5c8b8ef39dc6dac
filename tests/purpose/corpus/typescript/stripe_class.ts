// credential: stripe STRIPE_SECRET_KEY
// file: src/billing/billing.service.ts
import Stripe from 'stripe';
export class BillingService {
  private readonly stripe: Stripe;
  constructor() {
    this.stripe = new Stripe(process.env.STRIPE_SECRET_KEY!);
  }
  async cancel(id: string) {
    // need: subscription.destroy
    return this.stripe.subscriptions.cancel(id);
  }
  async customer(email: string) {
    // need: customer.write
    return this.stripe.customers.create({ email });
  }
}
