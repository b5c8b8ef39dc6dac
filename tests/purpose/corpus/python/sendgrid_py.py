# credential: sendgrid SENDGRID_API_KEY
# file: mailer.py
import os
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Mail
def send(to):
    message = Mail(from_email="a@acme.example", to_emails=to, subject="s", html_content="h")
    sg = SendGridAPIClient(os.environ.get("SENDGRID_API_KEY"))
    # need: mail.send
    return sg.send(message)
