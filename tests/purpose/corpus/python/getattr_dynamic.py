# credential: stripe STRIPE_KEY
# file: admin.py
import os, stripe
stripe.api_key = os.environ["STRIPE_KEY"]
def run(kind, method, **kw):
    # unknown
    return getattr(getattr(stripe, kind), method)(**kw)
