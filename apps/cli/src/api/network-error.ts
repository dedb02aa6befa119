import { CliError } from "../command/cli-error.ts";

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Connection refused: nothing listens there.",
  ENOTFOUND: "There is no host of that name.",
  EAI_AGAIN: "The name could not be looked up just now.",
  ECONNRESET: "The connection was cut off.",
  UND_ERR_SOCKET: "The connection was cut off.",
  UND_ERR_CONNECT_TIMEOUT: "It does not answer.",
  ABORT_ERR: "It took too long to answer.",
  ECONNABORTED: "The connection was cut off.",
  EPIPE: "The connection was cut off.",
  UND_ERR_HEADERS_TIMEOUT: "It took too long to answer.",
  UND_ERR_BODY_TIMEOUT: "It stopped in the middle of its answer.",
  EHOSTUNREACH: "There is no way to that host.",
  ENETUNREACH: "There is no way to that network.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "Its certificate is signed by itself.",
  SELF_SIGNED_CERT_IN_CHAIN: "Its certificate is signed by an authority that this machine does not know.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "Its certificate is signed by an authority that this machine does not know.",
  CERT_HAS_EXPIRED: "Its certificate has expired.",
  ERR_TLS_CERT_ALTNAME_INVALID: "Its certificate is for another name.",
};

const aboutCertificates = "For an authority of your own: NODE_EXTRA_CA_CERTS=FILE stave …";

/** Why nobody answered, in words. */
export function networkError(
  error: unknown,
  { url, signal }: { readonly url: string; readonly signal: AbortSignal },
): CliError {
  if (signal.aborted) return new CliError("Interrupted", "Interrupted.", { cause: error });
  const code = codeOf(error);
  const why = causeOfNetworkError(error);
  const isTls = /CERT|SELF_SIGNED|VERIFY|SSL|TLS/.test(code);
  return new CliError("Network", `Could not reach ${url}.`, {
    why,
    next: isTls ? [aboutCertificates] : ["stave status", "or name another one with --url, --context or STAVE_URL"],
    cause: error,
  });
}

/** What has gone wrong with a connection, in words. */
export function causeOfNetworkError(error: unknown): string {
  return causes[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
