// credential: openai OPENAI_API_KEY
// file: src/embed.ts
import OpenAI from "openai";
const client = new OpenAI();
// need: model.call
export const embed = (text: string) => client.embeddings.create({ model: "text-embedding-3-small", input: text });
