// credential: slack SLACK_TOKEN
// file: src/app.php
<?php

use GuzzleHttp\Client;
$client = new Client(['base_uri' => 'https://slack.com/api/', 'headers' => ['Authorization' => 'Bearer ' . $_ENV['SLACK_TOKEN']]]);
// need: message.send
$client->post('chat.postMessage', ['json' => ['channel' => 'C1', 'text' => 'hi']]);
