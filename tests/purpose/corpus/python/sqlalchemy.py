# credential: postgres DATABASE_URL
# file: db.py
import os
from sqlalchemy import create_engine, text
engine = create_engine(os.environ["DATABASE_URL"])
with engine.connect() as conn:
    # need: table.read
    rows = conn.execute(text("SELECT id FROM users"))
    # need: table.write
    conn.execute(text("UPDATE users SET seen = now()"))
