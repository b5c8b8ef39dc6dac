"""Turns the fixtures of the old demo system into rows of ours.

Ran once, for the first customer. Kept because the mapping of car classes is written down nowhere else.
"""

import csv
import sys

# Where the old fixtures came from.
SOURCE = {
    "railway_token": "@@RAILWAY_ACCOUNT_TOKEN@@",
    "project_id": "@@RAILWAY_PROJECT_ID@@",
    "environments": {
        "staging": {"environment_id": "@@RAILWAY_STAGING_ID@@"},
        "production": {"environment_id": "@@RAILWAY_PRODUCTION_ID@@"},
    },
    "volume_id": "@@RAILWAY_VOLUME_ID@@",
}

CAR_CLASSES = {"A": "mini", "B": "economy", "C": "compact", "V": "van"}


def convert(rows):
    for row in rows:
        yield {
            "plate": row["kennzeichen"].upper(),
            "class": CAR_CLASSES[row["klasse"]],
            "daily_cents": int(float(row["preis"]) * 100),
        }


if __name__ == "__main__":
    out = csv.DictWriter(sys.stdout, ["plate", "class", "daily_cents"])
    out.writeheader()
    out.writerows(convert(csv.DictReader(sys.stdin)))
