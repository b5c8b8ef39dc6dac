# credential: stripe STRIPE_SECRET_KEY
# file: app/pay.rb
require 'stripe'
Stripe.api_key = ENV['STRIPE_SECRET_KEY']
# need: charge.write
Stripe::Refund.create(charge: 'ch_1')
