import { prisma } from '@/lib/prisma';
import { getStripe } from '@/lib/stripe';

export async function POST(request: Request) {
  const body = await request.text();
  const event = getStripe().webhooks.constructEvent(body, request.headers.get('stripe-signature')!,
                                                    process.env.STRIPE_WEBHOOK_SECRET!);
  if (event.type === 'checkout.session.completed')
    await prisma.order.upsert({ where: { id: event.id }, update: { paid: true }, create: { id: event.id, email: '' } });
  return new Response('ok');
}
