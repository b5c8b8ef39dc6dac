# credential: aws AWS_SECRET_ACCESS_KEY
# file: sync.sh
#!/bin/sh
# need: object.write
aws s3 cp ./dist s3://acme-site/ --recursive
# need: cdn.write
aws cloudfront create-invalidation --distribution-id E1 --paths '/*'
