# credential: aws AWS_SECRET_ACCESS_KEY
# file: main.tf
provider "aws" {
  region = "eu-west-1"
}
# need: bucket.create
# need: bucket.read
# need: bucket.destroy
resource "aws_s3_bucket" "data" {
  bucket = "acme-data"
}
