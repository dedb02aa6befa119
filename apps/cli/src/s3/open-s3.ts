import type { ApiClient } from "../api/api-client.ts";
import type { Invocation } from "../command/invocation.ts";
import type { Context } from "../settings/contexts.ts";
import { version } from "../version.ts";
import { type EndpointOptions, findEndpoint, knownContexts } from "./find-endpoint.ts";
import { createS3Client, type S3Client } from "./s3-client.ts";
import { parseS3Target, parseTarget, type S3Target, type Target } from "./targets.ts";

const userAgent = `stave/${version}`;

/** The servers of one call of a command, each opened once. */
export type S3Session = {
  /** What was typed. */
  target(text: string): Target;
  /** What was typed, where only an object, a prefix or a bucket will do. */
  s3Target(text: string): S3Target;
  /** The server that a target is on. */
  clientOf(target: Pick<S3Target, "context">): Promise<S3Client>;
};

/**
 * For a command that has {@link EndpointOptions} among its options: calls `work`, and closes what it has opened.
 *
 * @example
 * export const run: RunOf<typeof cat> = (invocation) =>
 *   withS3(invocation, async ({ s3Target, clientOf }) => {
 *     const target = s3Target(invocation.arguments.target);
 *     const { body } = await getObject(await clientOf(target), target);
 *   });
 */
export async function withS3<Result>(
  invocation: Invocation<unknown, EndpointOptions>,
  work: (session: S3Session) => Promise<Result>,
): Promise<Result> {
  const contexts = await knownContexts(invocation);
  const clients = new Map<string, Promise<S3Client>>();
  const { output, signal } = invocation;
  const apis: ApiClient[] = [];
  const apiOf = async ({ url, token }: Context) => {
    const { createApiClient } = await import("../api/api-client.ts");
    const api = createApiClient({ url, token, userAgent, output, signal });
    apis.push(api);
    return api;
  };
  const open = async (context: string | undefined) => {
    const endpoint = await findEndpoint({ ...invocation, apiOf }, invocation.options, context);
    output.debug(`S3 at ${endpoint.url}, region ${endpoint.region}: ${endpoint.from}`);
    return createS3Client(endpoint, { userAgent, output, signal });
  };
  try {
    return await work({
      target: (text) => parseTarget(text, { contexts }),
      s3Target: (text) => parseS3Target(text, { contexts }),
      clientOf({ context }) {
        const known = clients.get(context ?? "");
        if (known !== undefined) return known;
        const client = open(context);
        clients.set(context ?? "", client);
        return client;
      },
    });
  } finally {
    const opened = await Promise.allSettled(clients.values());
    await Promise.all(apis.map((api) => api.close()));
    await Promise.all(opened.map((one) => (one.status === "fulfilled" ? one.value.close() : undefined)));
  }
}
