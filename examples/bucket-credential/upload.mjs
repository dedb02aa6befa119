// With the credential of one bucket, from the environment.
import { readFile } from "node:fs/promises";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const fileBuffer = await readFile("photo.jpg");

const s3 = new S3Client({
  endpoint: process.env.S3_ENDPOINT,
  region: process.env.S3_REGION,
  credentials: {
    accessKeyId: process.env.S3_ACCESS_KEY,
    secretAccessKey: process.env.S3_SECRET_KEY,
  },
  forcePathStyle: true,
});

await s3.send(
  new PutObjectCommand({
    Bucket: "my-bucket",
    Key: "uploads/photo.jpg",
    Body: fileBuffer,
  }),
);
