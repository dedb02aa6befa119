import { AddressRefused, type AddressRules, sendRequest } from "@stave/outgoing-requests";
import type { CustomFetch } from "openid-client";
import { SignInError } from "./sign-in-error.ts";

/** Metadata and keys of large providers have some ten KiB. */
const maxAnswerBytes = 512 * 1024;

export type ProviderFetchOptions = {
  readonly addresses: AddressRules;
  /** Of one request, from its beginning to the last byte. */
  readonly timeoutMs: number;
};

/**
 * How everything is asked of the provider: only at addresses that this server may connect to, also for the endpoints that the provider's
 * metadata names. Redirects are not followed. Throws a {@link SignInError} when there is no answer to work with.
 */
export function createProviderFetch({ addresses, timeoutMs }: ProviderFetchOptions): CustomFetch {
  return async (address, { method, headers, body, signal: asked }) => {
    const url = new URL(address);
    const bytes = toBytes(body);
    const timeout = AbortSignal.timeout(timeoutMs);
    const answer = await sendRequest(
      {
        method,
        origin: new URL(url.origin),
        target: url.pathname + url.search,
        headers: { ...headers, host: url.host },
        ...(bytes && { body: bytes }),
      },
      {
        addresses,
        signal: asked === undefined ? timeout : AbortSignal.any([asked, timeout]),
        idleTimeoutMs: timeoutMs,
        maxAnswerBytes,
      },
    ).catch((cause: unknown) => {
      throw unavailable(
        cause instanceof AddressRefused ? "is at an address that is not public" : "cannot be reached",
        cause,
      );
    });
    if (answer.isCut) throw unavailable("answers too much");
    if (answer.status >= 500) throw unavailable(`answers ${answer.status}`);
    return new Response(hasNoBody(answer.status) ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: toHeaders(answer.headers),
    });
  };
}

function unavailable(reason: string, cause?: unknown): SignInError {
  return new SignInError("PROVIDER_UNAVAILABLE", `The identity provider ${reason}.`, { cause });
}

/** The client sends forms, and nothing else with a body. */
function toBytes(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string" || body instanceof URLSearchParams) return Buffer.from(body.toString());
  throw new TypeError("Expected a form as the body of a request to the identity provider");
}

function hasNoBody(status: number): boolean {
  return status < 200 || status === 204 || status === 205 || status === 304;
}

function toHeaders(headers: NodeJS.Dict<string | string[]>): Headers {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  );
  return new Headers(pairs);
}
