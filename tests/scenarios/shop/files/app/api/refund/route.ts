import { Resend } from 'resend';
import { getStripe } from '@/lib/stripe';

const resend = new Resend(process.env.RESEND_API_KEY);

export async function POST(request: Request) {
  const { charge, email } = await request.json();
  await getStripe().refunds.create({ charge });
  await resend.emails.send({ from: 'shop@shop.example', to: email, subject: 'Your refund', text: 'It is on its way.' });
  return new Response('ok');
}
