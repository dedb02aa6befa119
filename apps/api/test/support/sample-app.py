# The application of the documentation, with its keys named, and once more with what boto3 finds by itself.
import os
import boto3

s3 = boto3.client(
    's3',
    endpoint_url=os.environ['S3_ENDPOINT'],
    aws_access_key_id=os.environ['S3_ACCESS_KEY'],
    aws_secret_access_key=os.environ['S3_SECRET_KEY'],
)
s3.upload_file('local-file.jpg', os.environ['S3_BUCKET'], 'uploads/named.jpg')
found = boto3.client('s3')
read = [c.get_object(Bucket=os.environ['S3_BUCKET'], Key='uploads/named.jpg')['Body'].read().decode() for c in (s3, found)]
print(*read)
