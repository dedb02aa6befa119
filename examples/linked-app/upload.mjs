// An application that is linked to a service: it knows nothing but its environment.
import { readFile } from "node:fs/promises";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const fileBuffer = await readFile("image.jpg");

const s3 = new S3Client({
  endpoint: process.env.S3_ENDPOINT,
  region: process.env.S3_REGION,
  forcePathStyle: true,
  credentials: {
    accessKeyId: process.env.S3_ACCESS_KEY,
    secretAccessKey: process.env.S3_SECRET_KEY,
  },
});

await s3.send(
  new PutObjectCommand({
    Bucket: process.env.S3_BUCKET,
    Key: "uploads/image.jpg",
    Body: fileBuffer,
    ContentType: "image/jpeg",
  }),
);

const { Body } = await s3.send(new GetObjectCommand({ Bucket: process.env.S3_BUCKET, Key: "uploads/image.jpg" }));
const stored = await Body.transformToByteArray();
if (!fileBuffer.equals(stored)) throw new Error("Other bytes came back");
console.log(`uploads/image.jpg is stored, ${stored.length} bytes`);
