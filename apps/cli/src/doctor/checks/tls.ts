import { once } from "node:events";
import { isIP } from "node:net";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { causeOfNetworkError } from "../../api/network-error.ts";
import { type Check, type Finding, fail, ok, warn } from "../check.ts";

const soonDays = 14;
const dayMs = 86_400_000;
const timeoutMs = 10_000;

/** Chain, name and expiry of the certificate, as every client looks at them. */
export const tls: Check = {
  name: "tls",
  title: "the connection",
  needs: [],
  async run({ endpoint, signal, now }) {
    const { protocol, hostname, port } = new URL(endpoint);
    const host = hostname.replace(/^\[|\]$/g, "");
    if (protocol === "http:") return withoutTls(host);
    const socket = connect({
      host,
      port: port === "" ? 443 : Number(port),
      ...(isIP(host) === 0 && { servername: host }),
      // What is wrong is to be said, not only that something is. Nothing is sent.
      rejectUnauthorized: false,
    });
    try {
      await once(socket, "secureConnect", { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
      return judge(socket, { host, now: now() });
    } catch (error) {
      if (signal.aborted) throw error;
      return fail(
        `There is no TLS connection: ${causeOfNetworkError(error)}`,
        "See whether the port speaks https at all, and whether somebody listens there.",
      );
    } finally {
      socket.destroy();
    }
  },
};

function withoutTls(host: string): Finding {
  const isNear = host === "localhost" || host.endsWith(".localhost") || /^127\.|^::1$/.test(host);
  if (isNear) return ok("http, which on this machine needs no certificate.");
  return warn(
    "http: everybody on the way reads and changes what is sent.",
    "Put a proxy with a certificate in front of it, and use its https address.",
  );
}

function judge(socket: TLSSocket, { host, now }: { readonly host: string; readonly now: Date }): Finding {
  const certificate = socket.getPeerCertificate();
  const error = socket.authorizationError as unknown as string | Error | null;
  const code = String(error instanceof Error && "code" in error ? error.code : (error ?? ""));
  const until = new Date(certificate.valid_to);
  const days = Math.floor((until.getTime() - now.getTime()) / dayMs);
  if (code === "CERT_HAS_EXPIRED" || days < 0) {
    return fail(`The certificate expired on ${day(until)}.`, "Renew it, and let the proxy load the new one.");
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return fail(
      `The certificate is for ${namesOf(certificate)}, not for ${host}.`,
      "Use a name that it is for as the endpoint, or get one for this name.",
    );
  }
  if (!socket.authorized) {
    return fail(
      `The certificate is not trusted here (${code}).`,
      "Let the server send the whole chain (nginx: fullchain.pem). For an authority of your own: NODE_EXTRA_CA_CERTS=FILE stave doctor …",
    );
  }
  if (days < soonDays) {
    return warn(`The certificate expires on ${day(until)}, in ${days} days.`, "See why it has not been renewed.");
  }
  return ok(`${socket.getProtocol()}; the certificate is good until ${day(until)}.`);
}

function namesOf({ subject, subjectaltname }: PeerCertificate): string {
  return subjectaltname?.replaceAll("DNS:", "").replaceAll("IP Address:", "") ?? String(subject?.CN ?? "nobody");
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
