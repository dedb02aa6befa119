import type { Bucket, ObjectStore } from "@stave/object-store";
import { parseWebsiteConfiguration } from "@stave/s3-xml";
import { noSuchBucket } from "../auth/authorize.ts";
import type { ConfigurationCache } from "../configuration/bucket-configurations.ts";
import { S3Error } from "../errors/s3-error.ts";
import { checkKeyLength, type SiteTarget } from "../http/parse-target.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { serveWebsite } from "./serve-website.ts";
import { safeHeaders } from "./website-error-page.ts";

export type WebsiteVisit = {
  readonly bucket: string;
  readonly method: string;
  readonly target: SiteTarget;
  readonly headers: RequestHeaders;
};

export type Visited = {
  readonly store: ObjectStore;
  readonly configurations: ConfigurationCache;
  /** Runs HeadObject or GetObject for somebody who has not signed. */
  readonly readAsAnyone: (
    method: "GET" | "HEAD",
    address: { readonly bucket: string; readonly key: string },
    headers: RequestHeaders,
  ) => Promise<S3Response>;
  readonly onBucket: (bucket: Bucket) => void;
  readonly onRefusal: (refusal: S3Error) => void;
};

/** A request whose host is that of a website. */
export async function handleWebsite(
  { bucket: name, method, target, headers }: WebsiteVisit,
  { store, configurations, readAsAnyone, onBucket, onRefusal }: Visited,
): Promise<S3Response> {
  const answer = await serveWebsite(
    { bucket: name, method, headers, host: headers.host ?? "", key: target.key, rawQuery: target.rawQuery },
    {
      async configuration() {
        const bucket = await store.readBucket(name);
        if (bucket === undefined) throw noSuchBucket(name);
        onBucket(bucket);
        const website = (await configurations.of(bucket)).parsed("website", parseWebsiteConfiguration);
        if (website === undefined) throw noWebsite(name);
        return website;
      },
      async read(readMethod, key, readHeaders) {
        checkKeyLength(key); // the name of an index document may be too much for a long key
        return readAsAnyone(readMethod, { bucket: name, key }, readHeaders);
      },
      onRefusal,
    },
  );
  return { ...answer, headers: { ...answer.headers, ...safeHeaders } };
}

function noWebsite(bucket: string): S3Error {
  return new S3Error("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", {
    elements: { BucketName: bucket },
  });
}
