import { readDocument } from "../body/read-document.ts";
import type { ConfigurationName } from "../configuration/bucket-configurations.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { BodyOperation, Operation } from "./operation.ts";

/** Answers with what was put; `absent` says what AWS says of a bucket that has none. */
export function getStored(name: ConfigurationName, absent: Operation): Operation {
  return async (context, request) => {
    const xml = (await request.configurations()).text(name);
    return xml === undefined ? await absent(context, request) : { status: 200, xml };
  };
}

/**
 * Keeps a document for a bucket as `normalize` returns it: checked, and without what was not understood. `check` may refuse it
 * for this bucket. Throws `MissingRequestBodyError` and what these throw.
 */
export function putStored<T>(
  name: ConfigurationName,
  {
    parse,
    write,
    check = () => {},
    status = 200,
  }: {
    readonly parse: (document: Buffer) => T;
    /** Undefined: the bucket has none any more. */
    readonly write: (configuration: T) => string | undefined;
    readonly check?: (configuration: T, ...request: Parameters<BodyOperation>) => void | Promise<void>;
    readonly status?: 200 | 204;
  },
): BodyOperation {
  return async (context, request) => {
    const document = await readDocument(request.body);
    if (document.length === 0) throw new S3Error("MissingRequestBodyError", "Request body is empty.");
    const configuration = parse(document);
    await check(configuration, context, request);
    await context.store.putBucketConfiguration(request.bucket, name, write(configuration));
    return { status };
  };
}

/** Removing what is not there is a success, too. */
export function deleteStored(name: ConfigurationName): Operation {
  return async ({ store }, { bucket }) => {
    await store.putBucketConfiguration(bucket, name, undefined);
    return { status: 204 };
  };
}
