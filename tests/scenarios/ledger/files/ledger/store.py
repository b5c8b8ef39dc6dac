"""Invoices in S3, their index in DynamoDB."""
import boto3

s3 = boto3.client("s3", region_name="eu-central-1")
table = "invoices"
dynamodb = boto3.client("dynamodb")


def save(key: str, body: bytes) -> None:
    s3.put_object(Bucket="ledger-invoices", Key=key, Body=body)
    dynamodb.put_item(TableName="invoices", Item={"id": {"S": key}})


def load(key: str) -> bytes:
    dynamodb.get_item(TableName="invoices", Key={"id": {"S": key}})
    return s3.get_object(Bucket="ledger-invoices", Key=key)["Body"].read()
