// Names of buckets: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
import { hash } from "node:crypto";

const maxLength = 63;
const suffixLength = 8;
const reserved = /^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|--x-s3|--table-s3)$/;

export type BucketOwner = { readonly projectId: string; readonly slug: string; readonly environment: string };

/** The names that the bucket of an environment may get, the nicest first. Always the same ones, so that a later link finds its bucket again. */
export function bucketNames({ projectId, slug, environment }: BucketOwner): readonly string[] {
  const plain = `${slug}-${environment}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const suffixed = [1, 2, 3].map((n) => {
    const suffix = hash("sha256", `${projectId}/${environment}/${n}`).slice(0, suffixLength);
    const start = plain.slice(0, maxLength - suffixLength - 1).replace(/-+$/, "");
    return start === "" || reserved.test(start) ? `stave-${suffix}` : `${start}-${suffix}`;
  });
  const isUsable = plain.length >= 3 && plain.length <= maxLength && !reserved.test(plain);
  return isUsable ? [plain, ...suffixed] : suffixed;
}
