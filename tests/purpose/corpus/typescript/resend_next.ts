// credential: resend RESEND_API_KEY
// file: app/api/send/route.ts
import { Resend } from 'resend';
const resend = new Resend(process.env.RESEND_API_KEY);
export async function POST() {
  // need: mail.send
  const { data, error } = await resend.emails.send({ from: 'a@acme.example', to: ['b@acme.example'], subject: 's', html: '<p/>' });
  return Response.json(error ?? data);
}
