# credential: twilio TWILIO_AUTH_TOKEN
# file: sms.py
import os
from twilio.rest import Client
client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
# need: message.send
client.messages.create(body="hi", from_="+15550001", to="+15550002")
