import { describe, expect, test } from "vitest";
import type { ObjectEntry } from "./write-contents.ts";
import { writeListAllMyBucketsResult } from "./write-list-all-my-buckets-result.ts";
import { type ListBucketResultV1, writeListBucketResultV1 } from "./write-list-bucket-result-v1.ts";
import { type ListBucketResultV2, writeListBucketResultV2 } from "./write-list-bucket-result-v2.ts";
import {
  type ListMultipartUploadsResult,
  writeListMultipartUploadsResult,
} from "./write-list-multipart-uploads-result.ts";
import { writeListPartsResult } from "./write-list-parts-result.ts";
import { type ListVersionsResult, writeListVersionsResult } from "./write-list-versions-result.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const lastModified = new Date("2026-03-01T10:20:30.040Z");
const etag = "79b281060d337b9b2b84ccf390adcf74";
const owner = { id: "75aa57f0", displayName: "Zażółć & co" };

const plain: ObjectEntry = {
  key: "a & b+c.txt",
  lastModified,
  etag,
  sizeBytes: 5_497_558_138_880,
  storageClass: "STANDARD",
};
const full: ObjectEntry = { ...plain, checksumAlgorithm: "CRC64NVME", checksumType: "FULL_OBJECT", owner };

const v1: ListBucketResultV1 = {
  name: "photos",
  prefix: "",
  marker: "",
  maxKeys: 1000,
  isTruncated: false,
  contents: [],
  commonPrefixes: [],
};
const v2: ListBucketResultV2 = {
  name: "photos",
  prefix: "",
  maxKeys: 1000,
  isTruncated: false,
  contents: [],
  commonPrefixes: [],
};
const versions: ListVersionsResult = {
  name: "photos",
  prefix: "",
  keyMarker: "",
  versionIdMarker: "",
  maxKeys: 1000,
  isTruncated: false,
  versions: [],
  commonPrefixes: [],
};
const uploads: ListMultipartUploadsResult = {
  bucket: "photos",
  keyMarker: "",
  uploadIdMarker: "",
  prefix: "",
  maxUploads: 1000,
  isTruncated: false,
  uploads: [],
  commonPrefixes: [],
};

describe("ListBuckets", () => {
  test("is a list of buckets", () => {
    const xml = writeListAllMyBucketsResult({
      owner: { id: "75aa57f0" },
      buckets: [
        { name: "photos", createdAt: lastModified },
        { name: "videos", createdAt: lastModified, region: "eu-central-1" },
      ],
      continuationToken: "t<1>",
      prefix: "",
    });

    expect(xml).toBe(
      `${declaration}<ListAllMyBucketsResult ${namespace}><Owner><ID>75aa57f0</ID></Owner><Buckets>` +
        "<Bucket><Name>photos</Name><CreationDate>2026-03-01T10:20:30.040Z</CreationDate></Bucket>" +
        "<Bucket><Name>videos</Name><CreationDate>2026-03-01T10:20:30.040Z</CreationDate>" +
        "<BucketRegion>eu-central-1</BucketRegion></Bucket></Buckets>" +
        "<ContinuationToken>t&lt;1&gt;</ContinuationToken><Prefix></Prefix></ListAllMyBucketsResult>",
    );
  });
});

describe("ListObjects", () => {
  test("says what is required of an empty page", () => {
    expect(writeListBucketResultV1(v1)).toBe(
      `${declaration}<ListBucketResult ${namespace}><Name>photos</Name><Prefix></Prefix><Marker></Marker>` +
        "<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>",
    );
  });

  test("is everything in S3's order", () => {
    const xml = writeListBucketResultV1({
      ...v1,
      prefix: "a",
      marker: "a ",
      nextMarker: "a/",
      maxKeys: 2,
      delimiter: "/",
      isTruncated: true,
      contents: [full],
      commonPrefixes: ["a<b>/"],
    });

    expect(xml).toBe(
      `${declaration}<ListBucketResult ${namespace}><Name>photos</Name><Prefix>a</Prefix><Marker>a </Marker>` +
        "<NextMarker>a/</NextMarker><MaxKeys>2</MaxKeys><Delimiter>/</Delimiter><IsTruncated>true</IsTruncated>" +
        "<Contents><Key>a &amp; b+c.txt</Key><LastModified>2026-03-01T10:20:30.040Z</LastModified>" +
        `<ETag>&quot;${etag}&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>` +
        "<ChecksumType>FULL_OBJECT</ChecksumType><Size>5497558138880</Size><StorageClass>STANDARD</StorageClass>" +
        "<Owner><ID>75aa57f0</ID><DisplayName>Zażółć &amp; co</DisplayName></Owner></Contents>" +
        "<CommonPrefixes><Prefix>a&lt;b&gt;/</Prefix></CommonPrefixes></ListBucketResult>",
    );
  });

  test("is encoded when asked for", () => {
    const xml = writeListBucketResultV1({
      ...v1,
      prefix: "a ",
      marker: "a&",
      nextMarker: "a+",
      delimiter: " ",
      encodingType: "url",
      contents: [plain],
      commonPrefixes: ["a ż/"],
    });

    expect(xml).toBe(
      `${declaration}<ListBucketResult ${namespace}><Name>photos</Name><Prefix>a </Prefix><Marker>a%26</Marker>` +
        "<NextMarker>a%2B</NextMarker><MaxKeys>1000</MaxKeys><Delimiter>%20</Delimiter>" +
        "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>" +
        "<Contents><Key>a%20%26%20b%2Bc.txt</Key><LastModified>2026-03-01T10:20:30.040Z</LastModified>" +
        `<ETag>&quot;${etag}&quot;</ETag><Size>5497558138880</Size><StorageClass>STANDARD</StorageClass></Contents>` +
        "<CommonPrefixes><Prefix>a%20%C5%BC/</Prefix></CommonPrefixes></ListBucketResult>",
    );
  });

  test("encodes the prefix only where XML cannot carry it", () => {
    const prefixed = (prefix: string) => writeListBucketResultV1({ ...v1, prefix, encodingType: "url" });

    expect(prefixed("a b\n")).toContain("<Prefix>a b\n</Prefix>");
    expect(prefixed("a\x01")).toContain("<Prefix>a%01</Prefix>");
  });
});

describe("ListObjectsV2", () => {
  test("says what is required of an empty page", () => {
    expect(writeListBucketResultV2(v2)).toBe(
      `${declaration}<ListBucketResult ${namespace}><Name>photos</Name><Prefix></Prefix><KeyCount>0</KeyCount>` +
        "<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>",
    );
  });

  test("counts keys and prefixes, and encodes all but the tokens", () => {
    const xml = writeListBucketResultV2({
      ...v2,
      prefix: "p ",
      startAfter: "p +",
      continuationToken: "a+b/c==",
      nextContinuationToken: "d+e/f==",
      delimiter: "|",
      encodingType: "url",
      isTruncated: true,
      contents: [plain],
      commonPrefixes: ["p 1|", "p 2|"],
    });

    expect(xml).toBe(
      `${declaration}<ListBucketResult ${namespace}><Name>photos</Name><Prefix>p%20</Prefix>` +
        "<StartAfter>p%20%2B</StartAfter><ContinuationToken>a+b/c==</ContinuationToken>" +
        "<NextContinuationToken>d+e/f==</NextContinuationToken><KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys>" +
        "<Delimiter>%7C</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>" +
        "<Contents><Key>a%20%26%20b%2Bc.txt</Key><LastModified>2026-03-01T10:20:30.040Z</LastModified>" +
        `<ETag>&quot;${etag}&quot;</ETag><Size>5497558138880</Size><StorageClass>STANDARD</StorageClass></Contents>` +
        "<CommonPrefixes><Prefix>p%201%7C</Prefix></CommonPrefixes>" +
        "<CommonPrefixes><Prefix>p%202%7C</Prefix></CommonPrefixes></ListBucketResult>",
    );
  });
});

describe("ListObjectVersions", () => {
  test("says what is required of an empty page", () => {
    expect(writeListVersionsResult(versions)).toBe(
      `${declaration}<ListVersionsResult ${namespace}><Name>photos</Name><Prefix></Prefix><KeyMarker></KeyMarker>` +
        "<VersionIdMarker></VersionIdMarker><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListVersionsResult>",
    );
  });

  test("keeps versions and delete markers in one order, and encodes all but version ids", () => {
    const xml = writeListVersionsResult({
      ...versions,
      prefix: "a ",
      keyMarker: "a b",
      versionIdMarker: "v+0",
      nextKeyMarker: "a c",
      nextVersionIdMarker: "v+1",
      delimiter: "/",
      encodingType: "url",
      isTruncated: true,
      versions: [
        { isDeleteMarker: true, key: "a c", versionId: "v+2", isLatest: true, lastModified, owner: { id: "75aa57f0" } },
        { ...full, isDeleteMarker: false, key: "a c", versionId: "v+1", isLatest: false, owner: undefined },
      ],
      commonPrefixes: ["a d/"],
    });

    expect(xml).toBe(
      `${declaration}<ListVersionsResult ${namespace}><Name>photos</Name><Prefix>a%20</Prefix>` +
        "<KeyMarker>a%20b</KeyMarker><VersionIdMarker>v+0</VersionIdMarker><NextKeyMarker>a%20c</NextKeyMarker>" +
        "<NextVersionIdMarker>v+1</NextVersionIdMarker><MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter>" +
        "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>" +
        "<DeleteMarker><Key>a%20c</Key><VersionId>v+2</VersionId><IsLatest>true</IsLatest>" +
        "<LastModified>2026-03-01T10:20:30.040Z</LastModified><Owner><ID>75aa57f0</ID></Owner></DeleteMarker>" +
        "<Version><Key>a%20c</Key><VersionId>v+1</VersionId><IsLatest>false</IsLatest>" +
        `<LastModified>2026-03-01T10:20:30.040Z</LastModified><ETag>&quot;${etag}&quot;</ETag>` +
        "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>" +
        "<Size>5497558138880</Size><StorageClass>STANDARD</StorageClass></Version>" +
        "<CommonPrefixes><Prefix>a%20d/</Prefix></CommonPrefixes></ListVersionsResult>",
    );
  });
});

describe("ListMultipartUploads", () => {
  test("says what is required of an empty page", () => {
    expect(writeListMultipartUploadsResult(uploads)).toBe(
      `${declaration}<ListMultipartUploadsResult ${namespace}><Bucket>photos</Bucket><KeyMarker></KeyMarker>` +
        "<UploadIdMarker></UploadIdMarker><Prefix></Prefix><MaxUploads>1000</MaxUploads>" +
        "<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>",
    );
  });

  test("is everything in S3's order, and encodes all but upload ids", () => {
    const xml = writeListMultipartUploadsResult({
      ...uploads,
      keyMarker: "a b",
      uploadIdMarker: "u+0",
      nextKeyMarker: "a c",
      nextUploadIdMarker: "u+1",
      prefix: "a ",
      delimiter: "/",
      encodingType: "url",
      maxUploads: 2,
      isTruncated: true,
      uploads: [
        {
          key: "a c",
          uploadId: "u+1",
          initiator: owner,
          owner: { id: "75aa57f0" },
          storageClass: "STANDARD",
          initiatedAt: lastModified,
          checksumAlgorithm: "SHA256",
          checksumType: "COMPOSITE",
        },
      ],
      commonPrefixes: ["a d/"],
    });

    expect(xml).toBe(
      `${declaration}<ListMultipartUploadsResult ${namespace}><Bucket>photos</Bucket><KeyMarker>a%20b</KeyMarker>` +
        "<UploadIdMarker>u+0</UploadIdMarker><NextKeyMarker>a%20c</NextKeyMarker>" +
        "<NextUploadIdMarker>u+1</NextUploadIdMarker><Prefix>a%20</Prefix><Delimiter>/</Delimiter>" +
        "<EncodingType>url</EncodingType><MaxUploads>2</MaxUploads><IsTruncated>true</IsTruncated>" +
        "<Upload><Key>a%20c</Key><UploadId>u+1</UploadId>" +
        "<Initiator><ID>75aa57f0</ID><DisplayName>Zażółć &amp; co</DisplayName></Initiator>" +
        "<Owner><ID>75aa57f0</ID></Owner><StorageClass>STANDARD</StorageClass>" +
        "<Initiated>2026-03-01T10:20:30.040Z</Initiated><ChecksumAlgorithm>SHA256</ChecksumAlgorithm>" +
        "<ChecksumType>COMPOSITE</ChecksumType></Upload>" +
        "<CommonPrefixes><Prefix>a%20d/</Prefix></CommonPrefixes></ListMultipartUploadsResult>",
    );
  });
});

describe("ListParts", () => {
  test("is everything in S3's order", () => {
    const xml = writeListPartsResult({
      bucket: "photos",
      key: "a&b",
      uploadId: "u1",
      initiator: { id: "75aa57f0" },
      owner: { id: "75aa57f0" },
      storageClass: "STANDARD",
      checksumAlgorithm: "CRC32",
      checksumType: "COMPOSITE",
      partNumberMarker: 0,
      nextPartNumberMarker: 2,
      maxParts: 2,
      isTruncated: true,
      parts: [
        {
          partNumber: 1,
          lastModified,
          etag,
          sizeBytes: 5_242_880,
          checksum: { algorithm: "CRC32", value: "r/zBbw==" },
        },
        { partNumber: 2, lastModified, etag, sizeBytes: 0 },
      ],
    });

    expect(xml).toBe(
      `${declaration}<ListPartsResult ${namespace}><Bucket>photos</Bucket><Key>a&amp;b</Key><UploadId>u1</UploadId>` +
        "<Initiator><ID>75aa57f0</ID></Initiator><Owner><ID>75aa57f0</ID></Owner>" +
        "<StorageClass>STANDARD</StorageClass><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>" +
        "<ChecksumType>COMPOSITE</ChecksumType><PartNumberMarker>0</PartNumberMarker>" +
        "<NextPartNumberMarker>2</NextPartNumberMarker><MaxParts>2</MaxParts><IsTruncated>true</IsTruncated>" +
        "<Part><PartNumber>1</PartNumber><LastModified>2026-03-01T10:20:30.040Z</LastModified>" +
        `<ETag>&quot;${etag}&quot;</ETag><Size>5242880</Size><ChecksumCRC32>r/zBbw==</ChecksumCRC32></Part>` +
        "<Part><PartNumber>2</PartNumber><LastModified>2026-03-01T10:20:30.040Z</LastModified>" +
        `<ETag>&quot;${etag}&quot;</ETag><Size>0</Size></Part></ListPartsResult>`,
    );
  });
});

test("dates of one listing are written as toISOString writes them, whatever came before", () => {
  const times = [0, 59_999, 60_000, 61_001, 59_000, -1, 1_790_000_000_123, 1_790_000_059_007, 253_402_300_799_999];
  const contents = times.map((time) => ({ ...plain, lastModified: new Date(time) }));

  const xml = writeListBucketResultV2({ ...v2, contents });

  const written = [...xml.matchAll(/<LastModified>([^<]*)</g)].map(([, date]) => date);
  expect(written).toEqual(times.map((time) => new Date(time).toISOString()));
});
