import { AddressRefused } from "@stave/outgoing-requests";
import { Problem } from "../http/problem.ts";

/** A code of S3 or of Node, or `Unknown`; the reason is for people. What a server of others has written is not repeated. */
export function describeS3Error(error: unknown): { readonly code: string; readonly reason: string } {
  if (error instanceof Problem) return { code: error.code, reason: error.message };
  if (!(error instanceof Error)) return { code: "Unknown", reason: "It failed for an unknown reason." };
  const cause = findCause(error);
  if (cause instanceof AddressRefused) return { code: "AddressRefused", reason: `${cause.message}.` };
  if ("code" in cause && typeof cause.code === "string" && cause.code in connectionReasons) {
    return { code: cause.code, reason: connectionReasons[cause.code] ?? cause.code };
  }
  const code = /^[A-Za-z]{1,64}$/.test(error.name) ? error.name : "Unknown";
  const status = statusOf(error);
  return { code, reason: `It answered ${status === undefined ? "" : `${status} `}${code}.` };
}

const connectionReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "The connection was refused: nothing listens there.",
  ECONNRESET: "The connection was closed.",
  ENOTFOUND: "The name of the host is unknown.",
  EAI_AGAIN: "The name of the host cannot be looked up.",
  ETIMEDOUT: "There was no answer in time.",
  EHOSTUNREACH: "The host cannot be reached.",
  ENETUNREACH: "The network cannot be reached.",
  CERT_HAS_EXPIRED: "The certificate of the server has expired.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "The certificate of the server is self-signed.",
  SELF_SIGNED_CERT_IN_CHAIN: "The certificate of the server is self-signed.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "The certificate of the server cannot be verified.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The certificate of the server is for another name.",
};

/** An attempt at several addresses fails with all their errors. */
function findCause(error: Error): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0];
  return error.cause instanceof Error ? findCause(error.cause) : error;
}

export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return undefined;
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: number };
  return httpStatusCode;
}
