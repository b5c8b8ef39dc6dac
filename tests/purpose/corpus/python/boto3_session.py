# credential: aws PROD_AWS_SECRET
# file: ops.py
import os, boto3
session = boto3.Session(aws_access_key_id=os.environ["PROD_AWS_KEY"], aws_secret_access_key=os.environ["PROD_AWS_SECRET"])
sqs = session.client("sqs")
# need: queue.write
sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody="x")
ec2 = session.client("ec2")
# need: instance.destroy
ec2.terminate_instances(InstanceIds=["i-1"])
