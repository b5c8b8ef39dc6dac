// credential: openai OPENAI_API_KEY
// file: supabase/functions/images/index.ts
Deno.serve(async (req) => {
  const { prompt } = await req.json();
  // need: model.call
  const r = await fetch('https://api.openai.com/v1/images/generations', {
    method: 'POST',
    headers: { Authorization: `Bearer ${Deno.env.get('OPENAI_API_KEY')}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt }),
  });
  return new Response(await r.text());
});
