# credential: openai OPENAI_API_KEY
# file: app/llm.py
import os
from openai import OpenAI
client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
def ask(q):
    # need: model.call
    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": q}])
