// multipart/form-data: https://www.rfc-editor.org/rfc/rfc7578
import { PassThrough, Transform } from "node:stream";
import { Busboy, type BusboyHeaders, type BusboyInstance } from "@fastify/busboy";
import type { Request } from "express";
import { Problem } from "../http/problem.ts";
import { clientGone, tooLarge } from "./store-parts.ts";

export type FormFile = {
  /** As the client has named it: a hint, and nothing to trust. */
  readonly filename: string;
  readonly contentType: string;
  /** Ends only when the whole form has come, and there was nothing else in it. */
  readonly bytes: AsyncIterable<Buffer>;
};

/** Boundaries and headers. */
const maxOverheadBytes = 64 * 1024;
const fileField = "file";

export function isForm({ headers }: Request): boolean {
  return /^multipart\/form-data\b/i.test(headers["content-type"] ?? "");
}

/** The one file of a form. What is not read of it waits at the client. */
export async function openForm(message: Request, maxBytes: number): Promise<FormFile> {
  if (Number(message.headers["content-length"] ?? 0) > maxBytes + maxOverheadBytes) throw tooLarge(maxBytes);
  const form = createParser(message);
  const limited = limitBytes(maxBytes);
  const bytes = new PassThrough();
  bytes.on("error", () => {}); // who reads hears it; nobody reads before the file is found
  const opened = Promise.withResolvers<FormFile>();
  let hasFile = false;
  const fail = (problem: Problem) => {
    // Not `pipeline`: that would close the connection before the client has its answer.
    message.unpipe(limited);
    opened.reject(problem);
    bytes.destroy(problem);
  };
  form.on("file", (name: string | undefined, stream, filename: string | undefined, _encoding, contentType) => {
    stream.on("error", (error: unknown) => fail(clientGone(error)));
    const problem = findFault({ name, filename, hasFile });
    if (problem !== undefined) {
      stream.resume();
      fail(problem);
      return;
    }
    hasFile = true;
    stream.pipe(bytes, { end: false });
    opened.resolve({ filename: filename ?? "", contentType, bytes });
  });
  form.once("partsLimit", () => fail(new Problem("INVALID_REQUEST", { detail: "The form has too many parts." })));
  form.once("error", (error) => fail(clientGone(error)));
  form.once("finish", () => {
    if (hasFile) bytes.end();
    else fail(wrongField(fileField, "required", "Expected a file in the field `file`."));
  });
  limited.once("error", () => fail(tooLarge(maxBytes)));
  message.once("close", () => {
    if (!message.complete) fail(clientGone(undefined));
  });
  message.pipe(limited).pipe(form);
  return opened.promise;
}

/** Every part is taken for a file, so that one too many is refused by its name before its value comes. */
function createParser({ headers }: Request): BusboyInstance {
  try {
    return new Busboy({
      headers: headers as BusboyHeaders,
      isPartAFile: () => true,
      limits: { parts: 8, headerPairs: 16, headerSize: 8 * 1024 },
    });
  } catch (error) {
    throw new Problem("INVALID_REQUEST", { detail: "The Content-Type of the form names no boundary.", cause: error });
  }
}

type Part = {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly hasFile: boolean;
};

function findFault({ name, filename, hasFile }: Part): Problem | undefined {
  if (name !== fileField) {
    const shown = (name ?? "").slice(0, 100);
    const errors = [{ pointer: `/${shown}`, code: "unknown_field", message: `There is no field ${shown}.` }];
    return new Problem("UNKNOWN_FIELD", { detail: `/${shown}: There is no field ${shown}.`, errors });
  }
  if (hasFile) return wrongField(fileField, "too_many", "Expected one file in the field `file`.");
  if (filename !== undefined) return undefined;
  return wrongField(fileField, "no_file", "Expected a file, with a file name: `curl -F file=@PATH` sends one.");
}

function wrongField(field: string, code: string, message: string): Problem {
  return new Problem("INVALID_REQUEST", { detail: message, errors: [{ pointer: `/${field}`, code, message }] });
}

function limitBytes(maxBytes: number): Transform {
  let left = maxBytes + maxOverheadBytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(new Error("There are more bytes than there may be"));
      else done(null, chunk);
    },
  });
}
