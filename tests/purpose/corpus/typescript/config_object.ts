// credential: resend RESEND_KEY
// file: src/config.ts
export const config = {
  mail: { key: process.env.RESEND_KEY ?? '', from: 'a@acme.example' },
};
// file: src/mailer.ts
import { Resend } from 'resend';
import { config } from './config';
export class Mailer {
  private client = new Resend(config.mail.key);
  send(to: string) {
    // need: mail.send
    return this.client.emails.send({ from: config.mail.from, to, subject: 's', text: 't' });
  }
}
