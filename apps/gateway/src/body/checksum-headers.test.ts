import { describe, expect, test } from "vitest";
import { checksumHeader, parseAlgorithm, readClientChecksum } from "./checksum-headers.ts";

// Of `123456789`.
const values = {
  CRC32: "y/Q5Jg==",
  CRC32C: "4waSgw==",
  CRC64NVME: "rosUhgp5mIg=",
  SHA1: "98O8HYCOBHMq32eZZczDTKeuNEE=",
  SHA256: "FeKw07OlQxBBGbhj8xwxG6oIkEX3aJ0NT7yHqFvDC+U=",
} as const;
const refused = expect.objectContaining({ code: "InvalidRequest" });

describe("the checksum a client sends", () => {
  test.each(Object.entries(values))("%s is read from its header", (algorithm, value) => {
    const header = `x-amz-checksum-${algorithm.toLowerCase()}`;

    expect(readClientChecksum({ [header]: value })).toEqual({ algorithm, header, value });
    expect(checksumHeader(algorithm)).toBe(header);
  });

  test.each(Object.keys(values))("%s may be announced as a trailer", (algorithm) => {
    const header = `x-amz-checksum-${algorithm.toLowerCase()}`;

    expect(readClientChecksum({ "x-amz-trailer": header })).toEqual({ algorithm, header });
    expect(readClientChecksum({ "x-amz-trailer": ` ${header.toUpperCase()} ` })).toEqual({ algorithm, header });
  });

  test.each([
    [{}],
    [{ "x-amz-checksum-algorithm": "CRC32" }],
    [{ "x-amz-checksum-mode": "ENABLED" }],
    [{ "x-amz-checksum-type": "COMPOSITE" }],
  ])("is none of %j", (headers) => {
    expect(readClientChecksum(headers)).toBeUndefined();
  });

  test.each([["CRC32"], ["crc32"], ["Crc32"]])("agrees with x-amz-sdk-checksum-algorithm: %s", (declared) => {
    const headers = { "x-amz-checksum-crc32": values.CRC32, "x-amz-sdk-checksum-algorithm": declared };

    expect(readClientChecksum(headers)?.algorithm).toBe("CRC32");
  });
});

describe("is InvalidRequest", () => {
  const crc32 = { "x-amz-checksum-crc32": values.CRC32 };

  test.each([
    ["two checksums", { ...crc32, "x-amz-checksum-sha1": values.SHA1 }],
    ["a header and a trailer", { ...crc32, "x-amz-trailer": "x-amz-checksum-crc32c" }],
    ["the same as header and as trailer", { ...crc32, "x-amz-trailer": "x-amz-checksum-crc32" }],
    ["two trailers", { "x-amz-trailer": "x-amz-checksum-crc32,x-amz-checksum-sha1" }],
    ["a trailer that is no checksum", { "x-amz-trailer": "x-amz-meta-a" }],
    ["an empty trailer name", { "x-amz-trailer": "" }],
    ["an announced algorithm without a checksum", { "x-amz-sdk-checksum-algorithm": "CRC32" }],
    ["another announced algorithm", { ...crc32, "x-amz-sdk-checksum-algorithm": "SHA1" }],
    ["an unknown announced algorithm", { ...crc32, "x-amz-sdk-checksum-algorithm": "CRC31" }],
    ["an algorithm that is not computed", { "x-amz-checksum-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" }],
    ["a new algorithm", { "x-amz-checksum-xxhash64": "AAAAAAAAAAA=" }],
    ["no algorithm", { "x-amz-checksum-": "AAAAAA==" }],
    ["a trailer of an unknown algorithm", { "x-amz-trailer": "x-amz-checksum-sha512" }],
    ["an empty value", { "x-amz-checksum-crc32": "" }],
    ["a value of another length", { "x-amz-checksum-crc32": values.CRC64NVME }],
    ["a value that is not base64", { "x-amz-checksum-crc32": "!!!!!!==" }],
    ["a value in hex", { "x-amz-checksum-crc32": "cbf43926" }],
    ["a value without padding", { "x-amz-checksum-crc32": "y/Q5Jg" }],
    ["a value in base64url", { "x-amz-checksum-crc32": "y_Q5Jg==" }],
    ["a composite value", { "x-amz-checksum-crc32": "y/Q5Jg==-2" }],
  ])("%s", (_, headers) => {
    expect(() => readClientChecksum(headers)).toThrow(refused);
  });

  test.each([["CRC16"], [""], ["sha-256"], ["__proto__"]])("algorithm %j", (text) => {
    expect(() => parseAlgorithm(text)).toThrow(refused);
  });
});
