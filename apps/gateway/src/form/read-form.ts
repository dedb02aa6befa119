// Form uploads: https://www.rfc-editor.org/rfc/rfc7578, over https://www.rfc-editor.org/rfc/rfc2046#section-5.1
import type { PostField } from "@stave/sigv4-verify";
import { S3Error } from "../errors/s3-error.ts";
import { createDelimitedBytes, type DelimitedBytes } from "./delimited-bytes.ts";
import { malformedForm } from "./malformed-form.ts";
import { decodeUtf8, type PartHeaders, readPartHeaders } from "./part-headers.ts";

export type Form = {
  /** All fields before the file, in order. */
  readonly fields: readonly PostField[];
  readonly fileName: string | undefined;
  /**
   * The bytes of the file, to be read once. Ends only when the form has ended well, too; what comes after the file is ignored. Throws
   * `MalformedPOSTRequest` and what the chunks throw.
   */
  readonly file: AsyncIterable<Uint8Array>;
};

/** With what is around the fields; the limit of the fields themselves, 20 KB, is that of S3 and checked with their signature. */
const maxPreludeBytes = 64 * 1024;
/** Of what a form may hold after its file, for nobody to read. */
const maxEpilogueBytes = 1024 * 1024;

/**
 * Reads a form up to the first byte of its file. Throws `MalformedPOSTRequest`, `MaxPostPreDataLengthExceededError`,
 * `InvalidArgument` without a file, and what the chunks throw.
 */
export async function readForm(chunks: AsyncIterator<Uint8Array>, boundary: string): Promise<Form> {
  // The first delimiter has no line before it, and nothing of the form may be before the line end that each begins with.
  const bytes = createDelimitedBytes(chunks, lineEnd);
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  const take = createPreludeReader(bytes);
  const fields: PostField[] = [];
  await takeWhole(take, delimiter);
  while (await hasPart(take)) {
    const { name, fileName } = await readHeaders(take);
    if (name.toLowerCase() === "file") return { fields, fileName, file: readFile(bytes, delimiter) };
    fields.push([name, decodeUtf8(await takeWhole(take, delimiter))]);
  }
  throw new S3Error("InvalidArgument", "POST requires exactly one file upload per request.", {
    elements: { ArgumentName: "file", ArgumentValue: "0" },
  });
}

const lineEnd = Buffer.from("\r\n");
const epilogue = { maxBytes: maxEpilogueBytes, tooLong: malformedForm };

type Take = (delimiter: Buffer) => ReturnType<DelimitedBytes["take"]>;

/** Takes until a delimiter, and from one allowance for all of them. */
function createPreludeReader(bytes: DelimitedBytes): Take {
  let leftBytes = maxPreludeBytes;
  return async (delimiter) => {
    const taken = await bytes.take(delimiter, { maxBytes: leftBytes, tooLong });
    leftBytes = Math.max(0, leftBytes - taken.bytes.length - delimiter.length);
    return taken;
  };
}

async function takeWhole(take: Take, delimiter: Buffer): Promise<Buffer> {
  const { bytes, isDelimited } = await take(delimiter);
  if (!isDelimited) throw malformedForm();
  return bytes;
}

/** Whether another part follows the delimiter that was just read: `--` closes the form, and only blanks may end the line. */
async function hasPart(take: Take): Promise<boolean> {
  const { bytes: line, isDelimited } = await take(lineEnd);
  if (line[0] === dash && line[1] === dash) return false;
  if (!isDelimited || !line.every((byte) => byte === space || byte === tab)) throw malformedForm();
  return true;
}

async function readHeaders(take: Take): Promise<PartHeaders> {
  const lines: Buffer[] = [];
  while (true) {
    const line = await takeWhole(take, lineEnd);
    if (line.length === 0) return readPartHeaders(lines);
    lines.push(Buffer.from(line));
  }
}

async function* readFile(bytes: DelimitedBytes, delimiter: Buffer): AsyncGenerator<Uint8Array> {
  yield* bytes.stream(delimiter, malformedForm);
  await hasPart((end) => bytes.take(end, epilogue));
  // To the end of the request: a form that was cut off is not stored.
  await bytes.drain(epilogue);
}

const dash = 0x2d;
const space = 0x20;
const tab = 0x09;

function tooLong(): S3Error {
  return new S3Error(
    "MaxPostPreDataLengthExceededError",
    "Your POST request fields preceding the upload file were too large.",
    { elements: { MaxPostPreDataLengthBytes: "20480" } },
  );
}
