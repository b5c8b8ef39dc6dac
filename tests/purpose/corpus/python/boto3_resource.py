# credential: aws AWS_SECRET_ACCESS_KEY
# file: store.py
import boto3
s3 = boto3.resource("s3")
bucket = s3.Bucket("acme-data")
def put(path, key):
    # need: object.write
    bucket.upload_file(path, key)
