// The application of the documentation: it knows nothing but its environment.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const s3 = new S3Client({
  endpoint: process.env.S3_ENDPOINT,
  region: process.env.S3_REGION,
  forcePathStyle: true,
  credentials: {
    accessKeyId: process.env.S3_ACCESS_KEY,
    secretAccessKey: process.env.S3_SECRET_KEY,
  },
});
const fileBuffer = Buffer.from("image");
await s3.send(
  new PutObjectCommand({
    Bucket: process.env.S3_BUCKET,
    Key: "uploads/image.jpg",
    Body: fileBuffer,
    ContentType: "image/jpeg",
  }),
);
const { Body } = await s3.send(new GetObjectCommand({ Bucket: process.env.S3_BUCKET, Key: "uploads/image.jpg" }));
console.log(`uploads/image.jpg: ${(await Body.transformToByteArray()).length} bytes`);
