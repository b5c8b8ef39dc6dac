# credential: anthropic ANTHROPIC_API_KEY
# file: app/llm.py
import anthropic
client = anthropic.Anthropic()
def ask(q):
    # need: message.call
    return client.messages.create(model="claude", max_tokens=10, messages=[{"role": "user", "content": q}])
