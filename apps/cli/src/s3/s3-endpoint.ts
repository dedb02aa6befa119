/** Who signs. */
export type S3Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** Of temporary ones: they are asked for again before. */
  readonly expiresAt?: Date | undefined;
};

/** A server that speaks S3, and as whom it is used. */
export type S3Endpoint = {
  /** `https://s3.example.com`, with the path of a proxy if there is one, without a slash at the end. */
  readonly url: string;
  readonly region: string;
  /** Where the bucket is named: in the path, or in front of the host. */
  readonly addressing: "path" | "virtual";
  /** Undefined: nothing is signed. Called for each request; it keeps what it has found. */
  readonly credentials: (() => Promise<S3Credentials>) | undefined;
  /** Where this was found, for people: `the profile work of ~/.aws/config`. */
  readonly from: string;
};

const amazonHost = /^s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?$/;

/** Amazon's own: its host changes with the region. */
export function isAmazon(endpoint: Pick<S3Endpoint, "url">): boolean {
  return amazonHost.test(new URL(endpoint.url).hostname);
}

export function amazonUrl(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
