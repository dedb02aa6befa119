import { CliError } from "./chunk-B3FYOJ65.js";

// src/api/network-error.ts
var causes = {
  ECONNREFUSED: "Connection refused: nothing listens there.",
  ENOTFOUND: "There is no host of that name.",
  EAI_AGAIN: "The name could not be looked up just now.",
  ECONNRESET: "The connection was cut off.",
  UND_ERR_SOCKET: "The connection was cut off.",
  UND_ERR_CONNECT_TIMEOUT: "It does not answer.",
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
var aboutCertificates = "For an authority of your own: NODE_EXTRA_CA_CERTS=FILE stave \u2026";
function networkError(error, { url, signal }) {
  if (signal.aborted) return new CliError("Interrupted", "Interrupted.", { cause: error });
  const code = codeOf(error);
  const why = causes[code] ?? (error instanceof Error ? error.message : String(error));
  const isTls = /CERT|SELF_SIGNED|VERIFY|SSL|TLS/.test(code);
  return new CliError("Network", `Could not reach ${url}.`, {
    why,
    next: isTls ? [aboutCertificates] : ["stave status", "or name another one with --url, --context or STAVE_URL"],
    cause: error,
  });
}
function codeOf(error) {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}

export { networkError };
//# sourceMappingURL=chunk-HSRHTTG5.js.map
