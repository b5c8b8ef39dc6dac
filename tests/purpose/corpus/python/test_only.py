# credential: openai OPENAI_API_KEY
# file: tests/test_llm.py
from openai import OpenAI
def test_models():
    # need: model.read
    assert OpenAI().models.list()
