# credential: stripe STRIPE_KEY
# file: bal.sh
#!/bin/sh
# need: balance.read
curl -s https://api.stripe.com/v1/balance -u "$STRIPE_KEY:"
