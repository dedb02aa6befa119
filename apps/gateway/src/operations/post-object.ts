import { writePostResponse } from "@stave/s3-xml";
import { unquote } from "../headers/object-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { objectUrl } from "./object-url.ts";
import type { FormRequest, OperationContext } from "./operation.ts";
import { putObject } from "./put-object.ts";

/**
 * POST Object, the upload of a browser form: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 *
 * A PutObject with an answer of its own: 303 to `success_action_redirect`, or what `success_action_status` asks for. Throws what
 * PutObject throws.
 */
export async function postObject(context: OperationContext, request: FormRequest): Promise<S3Response> {
  const { bucket, key, fields } = request;
  const stored = await putObject(context, request);
  const etag = stored.headers?.etag ?? "";
  const redirect = readRedirect(fields.get("success_action_redirect") ?? fields.get("redirect"));
  if (redirect !== undefined) {
    const query = new Map([
      ["bucket", bucket],
      ["key", key],
      ["etag", etag],
    ]);
    return { status: 303, headers: { ...stored.headers, location: withQuery(redirect, query) } };
  }
  const location = objectUrl(request);
  const headers = { ...stored.headers, location };
  const status = fields.get("success_action_status");
  if (status === "201") {
    return { status: 201, headers, xml: writePostResponse({ location, bucket, key, etag: unquote(etag) }) };
  }
  return { status: status === "200" ? 200 : 204, headers };
}

/** As S3 does, an address that is none is taken for absent. Other schemes would run in the page that the form came from. */
function readRedirect(text: string | undefined): URL | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

function withQuery(url: URL, values: ReadonlyMap<string, string>): string {
  const query = [...values].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const target = new URL(url);
  target.search = target.search === "" ? query : `${target.search}&${query}`;
  return target.href;
}
