import Stripe from "stripe";

import type { Booking } from "./db.js";

const stripe = new Stripe(process.env.STRIPE_SECRET_KEY!);

/** A page of Stripe on which the customer pays one booking. */
export async function checkoutUrl(booking: Booking, back: string): Promise<string> {
  const session = await stripe.checkout.sessions.create({
    mode: "payment",
    client_reference_id: booking.id,
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: "eur",
          unit_amount: booking.cents,
          product_data: { name: `Rental of ${booking.plate}` },
        },
      },
    ],
    success_url: `${back}/paid/${booking.id}`,
    cancel_url: `${back}/bookings/${booking.id}`,
  });
  return session.url!;
}
