# credential: stripe STRIPE_SECRET_KEY
# file: shop/settings.py
import os
STRIPE_SECRET_KEY = os.environ["STRIPE_SECRET_KEY"]
DEBUG = False
# file: shop/views.py
import stripe
from django.conf import settings
stripe.api_key = settings.STRIPE_SECRET_KEY
def pay(request):
    # need: checkout.write
    session = stripe.checkout.Session.create(mode="payment")
    return session.url
