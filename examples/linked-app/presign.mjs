// An address that opens one object for an hour, for somebody without a key.
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const s3 = new S3Client({
  endpoint: process.env.S3_ENDPOINT,
  region: process.env.S3_REGION,
  forcePathStyle: true,
  credentials: {
    accessKeyId: process.env.S3_ACCESS_KEY,
    secretAccessKey: process.env.S3_SECRET_KEY,
  },
});

const command = new GetObjectCommand({
  Bucket: process.env.S3_BUCKET,
  Key: "uploads/private-document.pdf",
});

// URL expires in 1 hour
const url = await getSignedUrl(s3, command, { expiresIn: 3600 });
console.log(url);
