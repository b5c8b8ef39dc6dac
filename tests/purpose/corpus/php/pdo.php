// credential: postgres DATABASE_URL
// file: src/app.php
<?php

$pdo = new PDO(getenv('DATABASE_URL'));
// need: table.read
$rows = $pdo->query('SELECT id FROM users')->fetchAll();
