# An application that is linked to a service: it knows nothing but its environment.
import os
import boto3

# boto3 reads AWS_* automatically, or pass them explicitly:
s3 = boto3.client(
    's3',
    endpoint_url=os.environ['S3_ENDPOINT'],
    aws_access_key_id=os.environ['S3_ACCESS_KEY'],
    aws_secret_access_key=os.environ['S3_SECRET_KEY'],
)

s3.upload_file('local-file.jpg', os.environ['S3_BUCKET'], 'uploads/image.jpg')

stored = s3.get_object(Bucket=os.environ['S3_BUCKET'], Key='uploads/image.jpg')['Body'].read()
with open('local-file.jpg', 'rb') as file:
    assert stored == file.read(), 'Other bytes came back'
print(f'uploads/image.jpg is stored, {len(stored)} bytes')
