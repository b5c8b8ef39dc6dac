import { NextResponse } from 'next/server';
import { prisma } from '@/lib/prisma';
import { getStripe } from '@/lib/stripe';

export async function POST(request: Request) {
  const { orderId } = await request.json();
  const order = await prisma.order.findUnique({ where: { id: orderId } });
  const session = await getStripe().checkout.sessions.create({
    mode: 'payment',
    customer_email: order?.email,
    line_items: [{ price: process.env.PRICE_ID, quantity: 1 }],
    success_url: `${process.env.NEXT_PUBLIC_URL}/thanks`,
  });
  return NextResponse.json({ url: session.url });
}
