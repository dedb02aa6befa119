import { describe, expect, test } from "vitest";
import { writeCompleteMultipartUploadResult } from "./write-complete-multipart-upload-result.ts";
import { writeCopyObjectResult } from "./write-copy-object-result.ts";
import { writeCopyPartResult } from "./write-copy-part-result.ts";
import { writeDeleteResult } from "./write-delete-result.ts";
import { writeError } from "./write-error.ts";
import { writeGetObjectAttributesResponse } from "./write-get-object-attributes-response.ts";
import { writeInitiateMultipartUploadResult } from "./write-initiate-multipart-upload-result.ts";
import { writeLocationConstraint } from "./write-location-constraint.ts";
import { writePolicyStatus } from "./write-policy-status.ts";
import { writePostResponse } from "./write-post-response.ts";
import { writeVersioningConfiguration } from "./write-versioning-configuration.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const lastModified = new Date("2026-03-01T10:20:30.040Z");
const etag = "79b281060d337b9b2b84ccf390adcf74";

describe("an error", () => {
  test("has no namespace and keeps its details in order", () => {
    const xml = writeError({
      code: "NoSuchKey",
      message: "The specified key does not exist.",
      details: { Key: "a<b", "Content-MD5": "x" },
      resource: "/photos/a&b",
      requestId: "4442587FB7D0A2F9",
      hostId: "host",
    });

    expect(xml).toBe(
      `${declaration}<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>` +
        "<Key>a&lt;b</Key><Content-MD5>x</Content-MD5><Resource>/photos/a&amp;b</Resource>" +
        "<RequestId>4442587FB7D0A2F9</RequestId><HostId>host</HostId></Error>",
    );
  });

  test("needs a code, a message and a request id only", () => {
    expect(writeError({ code: "InternalError", message: "", requestId: "1" })).toBe(
      `${declaration}<Error><Code>InternalError</Code><Message></Message><RequestId>1</RequestId></Error>`,
    );
  });

  test.each(["", "a b", "a>", "1a", "a/><b"])("refuses a detail named %j", (name) => {
    expect(() => writeError({ code: "A", message: "", details: { [name]: "" }, requestId: "1" })).toThrow(TypeError);
  });
});

describe("bucket documents", () => {
  test("the location is empty for the region that has no name", () => {
    expect(writeLocationConstraint("eu-central-1")).toBe(
      `${declaration}<LocationConstraint ${namespace}>eu-central-1</LocationConstraint>`,
    );
    expect(writeLocationConstraint(undefined)).toBe(
      `${declaration}<LocationConstraint ${namespace}></LocationConstraint>`,
    );
  });

  test("the versioning configuration is empty until it is set", () => {
    expect(writeVersioningConfiguration({})).toBe(
      `${declaration}<VersioningConfiguration ${namespace}></VersioningConfiguration>`,
    );
    expect(writeVersioningConfiguration({ status: "Suspended", mfaDelete: "Disabled" })).toBe(
      `${declaration}<VersioningConfiguration ${namespace}><Status>Suspended</Status>` +
        "<MfaDelete>Disabled</MfaDelete></VersioningConfiguration>",
    );
  });
});

test("the status of a policy is a boolean", () => {
  expect(writePolicyStatus({ isPublic: false })).toBe(
    `${declaration}<PolicyStatus ${namespace}><IsPublic>false</IsPublic></PolicyStatus>`,
  );
});

test("the answer of a browser form has no namespace", () => {
  expect(writePostResponse({ location: "http://h/photos/a%26b", bucket: "photos", key: "a&b", etag })).toBe(
    `${declaration}<PostResponse><Location>http://h/photos/a%26b</Location><Bucket>photos</Bucket><Key>a&amp;b</Key>` +
      `<ETag>&quot;${etag}&quot;</ETag></PostResponse>`,
  );
});

describe("the attributes of an object", () => {
  const checksum = { algorithm: "CRC32", value: "rosUhg==" };

  test("are those that were asked for, the ETag without quotes", () => {
    expect(writeGetObjectAttributesResponse({ etag, objectSizeBytes: 0 })).toBe(
      `${declaration}<GetObjectAttributesResponse ${namespace}><ETag>${etag}</ETag><ObjectSize>0</ObjectSize>` +
        "</GetObjectAttributesResponse>",
    );
    expect(writeGetObjectAttributesResponse({})).toContain("></GetObjectAttributesResponse>");
  });

  test("tell the parts of the page", () => {
    const xml = writeGetObjectAttributesResponse({
      checksum,
      checksumType: "COMPOSITE",
      objectParts: {
        partsCount: 3,
        page: {
          partNumberMarker: 0,
          nextPartNumberMarker: 1,
          maxParts: 1,
          isTruncated: true,
          parts: [{ partNumber: 1, sizeBytes: 5_242_880, checksum }],
        },
      },
      storageClass: "STANDARD",
    });

    expect(xml).toBe(
      `${declaration}<GetObjectAttributesResponse ${namespace}><Checksum><ChecksumCRC32>rosUhg==</ChecksumCRC32>` +
        "<ChecksumType>COMPOSITE</ChecksumType></Checksum><ObjectParts><IsTruncated>true</IsTruncated>" +
        "<MaxParts>1</MaxParts><NextPartNumberMarker>1</NextPartNumberMarker><PartNumberMarker>0</PartNumberMarker>" +
        "<Part><ChecksumCRC32>rosUhg==</ChecksumCRC32><PartNumber>1</PartNumber><Size>5242880</Size></Part>" +
        "<PartsCount>3</PartsCount></ObjectParts><StorageClass>STANDARD</StorageClass></GetObjectAttributesResponse>",
    );
  });

  test("tell only the count of parts without a checksum", () => {
    expect(writeGetObjectAttributesResponse({ objectParts: { partsCount: 3 } })).toContain(
      "<ObjectParts><PartsCount>3</PartsCount></ObjectParts>",
    );
  });
});

test("a delete result lists what is gone, then what failed", () => {
  const xml = writeDeleteResult({
    deleted: [
      { key: " 007 " },
      { key: "a", versionId: "v1", deleteMarker: true, deleteMarkerVersionId: "v1" },
      { key: "b", deleteMarker: false },
    ],
    errors: [
      { key: "c", versionId: "v2", code: "AccessDenied", message: "Access Denied" },
      { key: "d\r\u0001", code: "InternalError", message: "" },
    ],
  });

  expect(xml).toBe(
    `${declaration}<DeleteResult ${namespace}><Deleted><Key> 007 </Key></Deleted>` +
      "<Deleted><Key>a</Key><VersionId>v1</VersionId><DeleteMarker>true</DeleteMarker>" +
      "<DeleteMarkerVersionId>v1</DeleteMarkerVersionId></Deleted><Deleted><Key>b</Key></Deleted>" +
      "<Error><Key>c</Key><VersionId>v2</VersionId><Code>AccessDenied</Code><Message>Access Denied</Message></Error>" +
      "<Error><Key>d&#13;&#x1;</Key><Code>InternalError</Code><Message></Message></Error></DeleteResult>",
  );
  expect(writeDeleteResult({ deleted: [], errors: [] })).toBe(
    `${declaration}<DeleteResult ${namespace}></DeleteResult>`,
  );
});

describe("copies", () => {
  const checksum = { algorithm: "CRC64NVME", value: "rosUhgp5mIg=" };

  test("of an object", () => {
    expect(writeCopyObjectResult({ etag, lastModified, checksum, checksumType: "FULL_OBJECT" })).toBe(
      `${declaration}<CopyObjectResult ${namespace}><ETag>&quot;${etag}&quot;</ETag>` +
        "<LastModified>2026-03-01T10:20:30.040Z</LastModified><ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME>" +
        "<ChecksumType>FULL_OBJECT</ChecksumType></CopyObjectResult>",
    );
  });

  test("of a part", () => {
    expect(writeCopyPartResult({ etag, lastModified, checksum })).toBe(
      `${declaration}<CopyPartResult ${namespace}><ETag>&quot;${etag}&quot;</ETag>` +
        "<LastModified>2026-03-01T10:20:30.040Z</LastModified>" +
        "<ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME></CopyPartResult>",
    );
    expect(writeCopyPartResult({ etag, lastModified })).not.toContain("Checksum");
  });

  test.each(["crc32", "toString", "CRC32><X/", ""])("refuse a checksum algorithm %j", (algorithm) => {
    expect(() => writeCopyPartResult({ etag, lastModified, checksum: { algorithm, value: "" } })).toThrow(TypeError);
  });
});

describe("multipart uploads", () => {
  test("begin", () => {
    expect(writeInitiateMultipartUploadResult({ bucket: "photos", key: "a&b", uploadId: "u1" })).toBe(
      `${declaration}<InitiateMultipartUploadResult ${namespace}><Bucket>photos</Bucket><Key>a&amp;b</Key>` +
        "<UploadId>u1</UploadId></InitiateMultipartUploadResult>",
    );
  });

  test("end", () => {
    const xml = writeCompleteMultipartUploadResult({
      location: "http://localhost:9000/photos/a%26b?x=1&y=2",
      bucket: "photos",
      key: "a&b",
      etag: `${etag}-2`,
      checksum: { algorithm: "SHA256", value: "tfmzeY9XeH2OXmxrtS4iDWlNIKUTAFv0/csHs2lsoD8=-2" },
      checksumType: "COMPOSITE",
    });

    expect(xml).toBe(
      `${declaration}<CompleteMultipartUploadResult ${namespace}>` +
        "<Location>http://localhost:9000/photos/a%26b?x=1&amp;y=2</Location><Bucket>photos</Bucket>" +
        `<Key>a&amp;b</Key><ETag>&quot;${etag}-2&quot;</ETag>` +
        "<ChecksumSHA256>tfmzeY9XeH2OXmxrtS4iDWlNIKUTAFv0/csHs2lsoD8=-2</ChecksumSHA256>" +
        "<ChecksumType>COMPOSITE</ChecksumType></CompleteMultipartUploadResult>",
    );
  });
});
