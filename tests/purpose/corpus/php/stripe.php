// credential: stripe STRIPE_SECRET
// file: src/app.php
<?php

require 'vendor/autoload.php';
$stripe = new \Stripe\StripeClient(getenv('STRIPE_SECRET'));
// need: charge.write
$stripe->refunds->create(['charge' => 'ch_1']);
