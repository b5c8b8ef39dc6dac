# credential: stripe STRIPE_SECRET_KEY
# file: config/initializers/stripe.rb
Stripe.api_key = ENV.fetch('STRIPE_SECRET_KEY')
# file: app/controllers/pay_controller.rb
class PayController < ApplicationController
  def create
    # need: checkout.write
    session = Stripe::Checkout::Session.create(mode: 'payment')
    redirect_to session.url
  end
end
