// credential: anthropic ANTHROPIC_API_KEY
// file: app/api/chat/route.ts
import Anthropic from '@anthropic-ai/sdk';
const anthropic = new Anthropic({ apiKey: process.env.ANTHROPIC_API_KEY });
export async function POST(req: Request) {
  const { messages } = await req.json();
  // need: message.call
  const stream = anthropic.messages.stream({ model: 'claude', max_tokens: 100, messages });
  return new Response(stream.toReadableStream());
}
