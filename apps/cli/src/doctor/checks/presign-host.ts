import { isIP } from "node:net";
import { type Check, ok, warn } from "../check.ts";

/** A link is used elsewhere than it was signed: its host must mean the same there. */
export const presignHost: Check = {
  name: "presign-host",
  title: "the host of presigned links",
  needs: ["reachable"],
  async run({ endpoint }) {
    const { hostname } = new URL(endpoint);
    const host = hostname.replace(/^\[|\]$/g, "");
    const why = whyInternal(host);
    if (why === undefined) return ok(`Links name ${host}.`);
    return warn(
      `Links name ${host}, ${why}: who gets one elsewhere cannot open it.`,
      "Sign with the public address, which has to reach the same server (services: public_endpoint; the api: --public-url).",
    );
  },
};

function whyInternal(host: string): string | undefined {
  if (host === "localhost" || host.endsWith(".localhost") || /^127\.|^::1$/.test(host)) return "which is this machine";
  if (isIP(host) === 4 && /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.)/.test(host)) {
    return "an address of a private network";
  }
  if (isIP(host) === 6 && /^f[cd]|^fe[89ab]/i.test(host)) return "an address of a private network";
  if (isIP(host) !== 0) return undefined;
  if (!host.includes(".")) return "a name that only this network knows";
  return /\.(internal|local|lan|home|corp|intranet|svc|svc\.cluster\.local)$/.test(host)
    ? "a name that only this network knows"
    : undefined;
}
