# credential: openai OPENAI_API_KEY
# file: app.py
import os
KEY = os.environ["OPENAI_API_KEY"]
def health():
    # unknown
    return {"configured": bool(KEY)}
