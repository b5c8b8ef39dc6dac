# credential: stripe STRIPE_API_KEY
# file: billing.py
import os
import stripe
stripe.api_key = os.getenv("STRIPE_API_KEY")
def refund(charge):
    # need: charge.write
    return stripe.Refund.create(charge=charge)
def customer(email):
    # need: customer.write
    return stripe.Customer.create(email=email)
