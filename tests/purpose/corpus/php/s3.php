// credential: aws AWS_SECRET_ACCESS_KEY
// file: src/app.php
<?php

use Aws\S3\S3Client;
$s3 = new S3Client(['region' => 'eu-west-1', 'version' => 'latest']);
// need: object.write
$s3->putObject(['Bucket' => 'acme', 'Key' => 'k', 'Body' => 'b']);
