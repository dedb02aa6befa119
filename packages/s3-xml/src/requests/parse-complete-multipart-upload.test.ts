import { describe, expect, test } from "vitest";
import { maxCompleteMultipartUploadBytes, parseCompleteMultipartUpload } from "./parse-complete-multipart-upload.ts";

const malformed = expect.objectContaining({ name: "XmlError", code: "MalformedXML" });

describe("reads", () => {
  test("numbers, ETags and checksums, in order", () => {
    const request = parse(
      `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Part><PartNumber>2</PartNumber><ETag>&quot;79b2&quot;</ETag></Part>
  <Part><ETag> "79b3" </ETag><ChecksumSHA256>tfmz=</ChecksumSHA256><PartNumber> 1 </PartNumber></Part>
  <Part><PartNumber>0007</PartNumber><ETag>79b4</ETag><ChecksumXXHASH3/><Unknown>1</Unknown></Part>
</CompleteMultipartUpload>`,
    );

    expect(request).toEqual({
      parts: [
        { partNumber: 2, etag: "79b2", checksums: {} },
        { partNumber: 1, etag: "79b3", checksums: { ChecksumSHA256: "tfmz=" } },
        { partNumber: 7, etag: "79b4", checksums: { ChecksumXXHASH3: "" } },
      ],
    });
  });

  test.each([-1, 0, 10_001, 999_999_999])("the part number %d, which is the caller's to refuse", (partNumber) => {
    expect(parse(document(part(String(partNumber), "a"))).parts).toEqual([{ partNumber, etag: "a", checksums: {} }]);
  });

  test("10,000 parts with the longest checksums", () => {
    const checksums = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"].map(
      (name) => `<Checksum${name}>tfmzeY9XeH2OXmxrtS4iDWlNIKUTAFv0/csHs2lsoD8=</Checksum${name}>`,
    );
    const parts = Array.from({ length: 10_000 }, (_, index) => part(String(index + 1), "a", checksums.join("")));

    const request = parseCompleteMultipartUpload(Buffer.from(document(parts.join("\n"))), { maxBytes: 2 ** 23 });

    expect(request.parts).toHaveLength(10_000);
    expect(Object.keys(request.parts[9999]?.checksums ?? {})).toHaveLength(5);
  });
});

describe("refuses", () => {
  test.each([
    ["no parts", document("")],
    ["10,001 parts", document(part("1", "a").repeat(10_001))],
    ["another root", "<CompleteMultipartUploadResult/>"],
    ["a part without a number", document("<Part><ETag>a</ETag></Part>")],
    ["a part without an ETag", document("<Part><PartNumber>1</PartNumber></Part>")],
    ["an empty number", document(part("", "a"))],
    ["an empty ETag", document(part("1", ""))],
    ["an ETag of quotes only", document(part("1", '""'))],
    ["a number that is a word", document(part("one", "a"))],
    ["a number with a fraction", document(part("1.0", "a"))],
    ["a number with an exponent", document(part("1e3", "a"))],
    ["a hexadecimal number", document(part("0x1", "a"))],
    ["a number of other digits", document(part("１", "a"))],
    ["a number too long for an integer", document(part("99999999999", "a"))],
    ["two numbers", document(part("1", "a", "<PartNumber>2</PartNumber>"))],
    ["two ETags", document(part("1", "a", "<ETag>b</ETag>"))],
    ["two checksums of one algorithm", document(part("1", "a", "<ChecksumSHA1>a</ChecksumSHA1><ChecksumSHA1/>"))],
    ["an element in a checksum", document(part("1", "a", "<ChecksumSHA1><a/></ChecksumSHA1>"))],
    ["text between parts", document(`${part("1", "a")},${part("2", "b")}`)],
  ])("%s", (_name, xml) => {
    expect(() => parse(xml)).toThrow(malformed);
  });

  test("one byte more than its cap", () => {
    expect(() => parseCompleteMultipartUpload(Buffer.alloc(maxCompleteMultipartUploadBytes + 1))).toThrow(
      expect.objectContaining({ code: "MaxMessageLengthExceeded" }),
    );
    expect(() => parseCompleteMultipartUpload(Buffer.alloc(maxCompleteMultipartUploadBytes, " "))).toThrow(malformed);
  });
});

function document(parts: string): string {
  return `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
}

function part(partNumber: string, ...[etag = "", rest = ""]: readonly string[]): string {
  return `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag>${rest}</Part>`;
}

function parse(xml: string): ReturnType<typeof parseCompleteMultipartUpload> {
  return parseCompleteMultipartUpload(Buffer.from(xml));
}
