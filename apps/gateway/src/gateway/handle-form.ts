import { mayBeHeardOf, storeOfRequest } from "../events/store-of-request.ts";
import { headersOfBoth } from "../form/form-headers.ts";
import { receiveForm } from "../form/receive-form.ts";
import { refuseUnsupportedHeaders } from "../headers/refuse-unsupported.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { RequestMeter } from "../limits/rate-limits.ts";
import type { operations } from "../operations/index.ts";
import type { OperationName } from "../routing/routes.ts";
import { grantAccess } from "./grant-access.ts";
import { type Handling, type Incoming, type Known, noParameters, type RequestProgress } from "./handling.ts";
import { bucketUrl, operationContext } from "./operation-context.ts";

/** A browser form says itself who asks, for which key, and what the headers of a PUT would be: it is read before that is decided. */
export async function handleForm(
  onBodyStart: Incoming["onBodyStart"],
  options: Handling,
  progress: RequestProgress,
  { entry, meter, ...known }: Known & { readonly entry: FormEntry; readonly meter: RequestMeter | undefined },
): Promise<S3Response> {
  const { authentication, target, headers, receivedAt, message, peer } = known;
  const authenticateForm: typeof options.authenticateForm = (form) => {
    progress.form = form;
    return options.authenticateForm(form);
  };
  const head = { ...options, authenticateForm, bucket: target.bucket, headers, authentication, meter, onBodyStart };
  return receiveForm(message, head, async ({ identity, ...form }) => {
    progress.identity = identity;
    meter?.admitKey(identity);
    refuseUnsupportedHeaders(form.headers);
    progress.address = { bucket: target.bucket, key: form.key, query: noParameters };
    const access = await grantAccess(options, {
      ...known,
      authentication: { ...authentication, identity, authType: identity === undefined ? undefined : "POST" },
      key: form.key,
      headers: headersOfBoth(headers, form.headers),
    });
    progress.bucketInfo = access.bucketInfo;
    const store = mayBeHeardOf("POST", access.bucketInfo, headers)
      ? await storeOfRequest(options.store, { ...known, ...access }, options.now)
      : options.store;
    return entry.run(operationContext(options, progress, store), {
      ...form,
      ...access,
      bucket: target.bucket,
      query: noParameters,
      receivedAt,
      bucketUrl: bucketUrl(target, { host: headers.host, isEncrypted: peer.isEncrypted }),
    });
  });
}

type FormEntry = Extract<(typeof operations)[OperationName], { readonly body: "form" }>;
