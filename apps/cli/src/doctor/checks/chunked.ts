import { crc32 } from "node:zlib";
import { type Check, fail, ok } from "../check.ts";
import { pathOf } from "../exam.ts";
import { codeOf, describeAnswer, refused } from "../refused.ts";

const content = Buffer.from("sent in chunks, its checksum behind it");

/** As the SDKs have uploaded since 2025: aws-chunked, with a checksum as a trailer. */
export const chunked: Check = {
  name: "chunked",
  title: "uploads in chunks with a checksum",
  needs: ["permissions"],
  async run(exam) {
    const key = `${exam.prefix}chunked`;
    const put = await exam.put({ key, ...uploadWith(checksumOf(content)) });
    const got = put.status === 200 ? await exam.call({ method: "GET", path: pathOf(exam, key) }) : put;
    if (got.status !== 200) {
      return await refused(exam, got, {
        detail: `An upload as SDKs send it (aws-chunked with x-amz-trailer) is refused: ${describeAnswer(got)}.`,
        cure: "Let the proxy pass on Content-Encoding, x-amz-decoded-content-length, x-amz-trailer and the body as they came. Where the server cannot take it: AWS_REQUEST_CHECKSUM_CALCULATION=when_required.",
      });
    }
    if (!got.body.equals(content)) {
      return fail(
        `The object has ${got.sizeBytes} bytes instead of ${content.length}: the chunks were stored as they are.`,
        "Let the proxy pass on Content-Encoding: aws-chunked. Where the server does not know it: AWS_REQUEST_CHECKSUM_CALCULATION=when_required.",
      );
    }
    const wrong = await exam.put({ key: `${key}-wrong`, ...uploadWith(checksumOf(Buffer.from("of another"))) });
    if (wrong.status >= 400 && codeOf(wrong) !== undefined)
      return ok("They are stored decoded, and their checksum is verified.");
    return fail(
      `An upload with a wrong checksum is answered with ${wrong.status}: nobody verifies it.`,
      "Let the proxy pass on x-amz-trailer. Else the server does not verify checksums: compare ETags.",
    );
  },
};

function uploadWith(checksum: string) {
  const body = Buffer.concat([
    Buffer.from(`${content.length.toString(16)}\r\n`),
    content,
    Buffer.from(`\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`),
  ]);
  const headers = {
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": String(content.length),
    "x-amz-trailer": "x-amz-checksum-crc32",
  };
  return { body, headers, payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" };
}

function checksumOf(bytes: Buffer): string {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return value.toString("base64");
}
