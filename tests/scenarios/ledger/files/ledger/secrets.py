import boto3


def database_password() -> str:
    ssm = boto3.client("ssm")
    return ssm.get_parameter(Name="/ledger/db", WithDecryption=True)["Parameter"]["Value"]
