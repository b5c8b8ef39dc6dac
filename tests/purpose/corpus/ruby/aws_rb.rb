# credential: aws AWS_SECRET_ACCESS_KEY
# file: s3.rb
require 'aws-sdk-s3'
s3 = Aws::S3::Client.new(region: 'eu-west-1')
# need: object.write
s3.put_object(bucket: 'acme', key: 'k', body: 'b')
