import type { IncomingMessage } from "node:http";
import type { Authentication } from "../auth/authenticate.ts";
import type { AuthenticateForm } from "../auth/authenticate-form.ts";
import type { Identity } from "../auth/identity.ts";
import type { VerifiedBody } from "../body/open-body.ts";
import { S3Error } from "../errors/s3-error.ts";
import { readRequestBody } from "../http/read-request-body.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { RequestMeter } from "../limits/rate-limits.ts";
import { formHeaders } from "./form-headers.ts";
import { openFile } from "./open-file.ts";
import { readBoundary } from "./read-boundary.ts";
import { readForm } from "./read-form.ts";

/** A form whose signature and policy hold, up to the first byte of its file. Who may write what is not decided yet. */
export type ReceivedForm = {
  /** Undefined for a form that nobody signed. */
  readonly identity: Identity | undefined;
  readonly key: string;
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
  /** Those of a PUT of the same object. */
  readonly headers: RequestHeaders;
  readonly body: VerifiedBody;
};

export interface ReceiveFormOptions {
  readonly bucket: string;
  readonly headers: RequestHeaders;
  readonly authentication: Authentication;
  readonly authenticateForm: AuthenticateForm;
  readonly maxObjectBytes: number;
  readonly idleTimeoutMs: number;
  readonly meter: RequestMeter | undefined;
  readonly onBodyStart: () => void;
}

/**
 * Receives a browser form and hands it to `use`, after which nothing of it can be read. Throws `PreconditionFailed` for a body that is no
 * form, and what is wrong with its parts, its signature and its policy.
 */
export async function receiveForm<T>(
  message: IncomingMessage,
  options: ReceiveFormOptions,
  use: (form: ReceivedForm) => Promise<T>,
): Promise<T> {
  const { bucket, headers, idleTimeoutMs, maxObjectBytes, meter } = options;
  const boundary = readBoundary(headers["content-type"]);
  refusePromises(options);
  const chunks = readRequestBody(message, { idleTimeoutMs, meter, freesChunks: true, onStart: options.onBodyStart });
  try {
    const { fields, fileName, file } = await readForm(chunks, boundary);
    const request = { method: "POST", target: message.url ?? "", rawHeaders: message.rawHeaders };
    const verified = await options.authenticateForm({ request, bucket, fields, fileName });
    const described = formHeaders(verified.fields);
    const isSigned = verified.kind === "form";
    const range = isSigned ? verified.contentLengthRange : undefined;
    return await use({
      identity: isSigned ? verified.identity : undefined,
      key: checkKey(verified.key),
      fields: verified.fields,
      headers: described,
      body: openFile(file, described, { range, maxSizeBytes: maxObjectBytes }),
    });
  } finally {
    await chunks.return(undefined);
  }
}

/** What these headers promise is about the form as it is sent, which nobody keeps, and not about its file: they are not ignored. */
function refusePromises({ headers, authentication }: ReceiveFormOptions): void {
  const header = Object.keys(headers).find(
    (name) => promises.has(name) || (name.startsWith("x-amz-checksum-") && name !== "x-amz-checksum-mode"),
  );
  const refused = header ?? (authentication.payload.kind === "unsigned" ? undefined : "x-amz-content-sha256");
  if (refused === undefined) return;
  throw new S3Error(
    "InvalidRequest",
    `The header ${refused} cannot be used with a form: send what it says as a field.`,
  );
}

const promises = new Set(["content-md5", "if-match", "if-none-match", "x-amz-trailer"]);

const maxKeyBytes = 1024;

/** The key of a form is no part of its address, where others are checked. */
function checkKey(key: string): string {
  const sizeBytes = Buffer.byteLength(key);
  if (sizeBytes > maxKeyBytes) {
    throw new S3Error("KeyTooLongError", "Your key is too long", {
      elements: { Size: String(sizeBytes), MaxSizeAllowed: String(maxKeyBytes) },
    });
  }
  if (!key.includes("\0")) return key;
  throw new S3Error("InvalidArgument", "A key cannot hold NUL.", { elements: { ArgumentName: "key" } });
}
