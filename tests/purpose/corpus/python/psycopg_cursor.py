# credential: postgres PG_DSN
# file: job.py
import os, psycopg2
conn = psycopg2.connect(os.environ["PG_DSN"])
cur = conn.cursor()
# need: table.read
cur.execute("SELECT count(*) FROM jobs")
# need: row.destroy
cur.execute("DELETE FROM jobs WHERE done")
conn.commit()
