import { expect, test } from "vitest";
import { createWebsiteHosts } from "./website-host.ts";

const bucketOf = createWebsiteHosts({
  websiteDomains: ["deep.sites.test", "s3-website.localhost", "www.test", "sites.test"],
  addressing: { domains: ["localhost"] },
});

// In this order, and once more: an answer is remembered until another host comes.
const table = [
  ["b.sites.test", "b"],
  ["b.sites.test:7480", "b"],
  ["B.Sites.Test:", "b"],
  ["a.b.sites.test", "a.b"],
  ["b.deep.sites.test", "b"],
  [".sites.test", undefined],
  ["sites.test", "sites.test"],
  ["WWW.test:80", "www.test"],
  ["www.test.", undefined],
  ["xsites.test", undefined],
  ["b.localhost", undefined],
  ["b.s3-website.localhost", "b"],
  // The API of the bucket `s3-website`.
  ["s3-website.localhost", undefined],
  ["127.0.0.1:7480", undefined],
  ["", undefined],
  [undefined, undefined],
] as const;

test.each([...table, ...table])("%s: %s", (host, bucket) => {
  expect(bucketOf(host)).toBe(bucket);
  expect(bucketOf(host)).toBe(bucket);
});

test("nothing is a website where no name is listed", () => {
  expect(createWebsiteHosts({ addressing: { domains: [] } })("b.sites.test")).toBeUndefined();
});
