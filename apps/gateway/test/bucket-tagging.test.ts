import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Client } from "./support/s3-client.ts";

describe("tags of a bucket", () => {
  let gateway: MemoryGateway;
  let s3: S3Client;
  let bucket = "";
  let buckets = 0;
  const call = (method: string, body?: string) =>
    s3.call({ method, path: `/${bucket}`, query: { tagging: "" }, ...(body !== undefined && { body }) });

  beforeAll(async () => {
    gateway = await startMemoryGateway();
    s3 = createS3Client(gateway);
    return () => gateway.close();
  });

  beforeEach(async () => {
    buckets += 1;
    bucket = `tagged-${buckets}`;
    await s3.call({ method: "PUT", path: `/${bucket}` });
  });

  test("are read as they were put, until they are deleted", async () => {
    expect((await call("PUT", tagging({ team: "blue + green", empty: "" }))).status).toBe(204);

    const read = await call("GET");
    expect([read.status, read.all("Key"), read.all("Value")]).toEqual([200, ["team", "empty"], ["blue + green", ""]]);

    expect((await call("DELETE")).status).toBe(204);
    expect((await call("DELETE")).status).toBe(204);
    expect((await call("GET")).code).toBe("NoSuchTagSet");
  });

  test("are gone with their bucket", async () => {
    await call("PUT", tagging({ team: "blue" }));
    await s3.call({ method: "DELETE", path: `/${bucket}` });
    await s3.call({ method: "PUT", path: `/${bucket}` });

    expect((await call("GET")).code).toBe("NoSuchTagSet");
  });

  test.each([
    ["more than 50", tagging(Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, ""]))), "BadRequest"],
    ["a key of the system", tagging({ "aws:x": "1" }), "InvalidTag"],
    ["an empty key", tagging({ "": "1" }), "InvalidTag"],
    ["a key of 129 characters", tagging({ ["k".repeat(129)]: "1" }), "InvalidTag"],
    ["a value of 257 characters", tagging({ k: "v".repeat(257) }), "InvalidTag"],
    ["a character that S3 does not take", tagging({ k: "a;b" }), "InvalidTag"],
    ["a key twice", `<Tagging><TagSet>${tag("k", "1")}${tag("k", "2")}</TagSet></Tagging>`, "InvalidTag"],
    ["no document", "", "MissingRequestBodyError"],
    ["another document", "<Tags/>", "MalformedXML"],
  ])("refuses %s, and keeps what was there", async (_, body, code) => {
    await call("PUT", tagging({ kept: "yes" }));

    expect((await call("PUT", body)).code).toBe(code);
    expect((await call("GET")).all("Key")).toEqual(["kept"]);
  });

  test("count characters, not bytes or units of UTF-16", async () => {
    const key = "\u{1d5a4}".repeat(128); // a letter outside the basic plane

    expect((await call("PUT", tagging({ [key]: "" }))).status).toBe(204);
    expect((await call("GET")).all("Key")).toEqual([key]);
  });
});

function tagging(tags: Readonly<Record<string, string>>): string {
  const set = Object.entries(tags).map(([key, value]) => tag(key, value));
  return `<Tagging><TagSet>${set.join("")}</TagSet></Tagging>`;
}

function tag(key: string, value: string): string {
  return `<Tag><Key>${key}</Key><Value>${value.replaceAll("&", "&amp;")}</Value></Tag>`;
}
