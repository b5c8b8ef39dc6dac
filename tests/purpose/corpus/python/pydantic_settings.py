# credential: openai OPENAI_API_KEY
# file: app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    openai_api_key: str
settings = Settings()
# file: app/ai.py
from openai import OpenAI
from app.config import settings
client = OpenAI(api_key=settings.openai_api_key)
# need: model.call
vectors = client.embeddings.create(model="text-embedding-3-small", input="x")
