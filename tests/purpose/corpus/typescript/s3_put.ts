// credential: aws AWS_SECRET_ACCESS_KEY
// file: src/upload.ts
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
const s3 = new S3Client({
  region: 'eu-west-1',
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID!, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY! },
});
export async function upload(key: string, body: Buffer) {
  // need: object.write @ bucket=acme-uploads
  await s3.send(new PutObjectCommand({ Bucket: 'acme-uploads', Key: key, Body: body }));
}
