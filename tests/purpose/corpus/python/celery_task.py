# credential: resend RESEND_API_KEY
# file: tasks.py
import os, resend
from celery import shared_task
resend.api_key = os.environ["RESEND_API_KEY"]
@shared_task
def welcome(to):
    # need: mail.send
    resend.Emails.send({"from": "a@acme.example", "to": [to], "subject": "s", "html": "h"})
