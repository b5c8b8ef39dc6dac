"""Nightly: notes cars that are not back and writes one reminder for each booking."""

import os

import psycopg

OVERDUE = """
    SELECT id, customer, plate
      FROM bookings
     WHERE returned_at IS NULL AND ends_at < now()
"""


def main() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        for booking, customer, plate in conn.execute(OVERDUE).fetchall():
            conn.execute(
                "INSERT INTO reminders (booking, customer, text) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (booking, customer, f"Please bring {plate} back."),
            )


if __name__ == "__main__":
    main()
