import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { causeOfNetworkError } from "../../api/network-error.ts";
import { type Check, ok, skipped, warn } from "../check.ts";
import { describeAnswer } from "../refused.ts";

/** `https://photos.s3.example.com/a.jpg`, which SDKs use unless they are told otherwise. */
export const virtualHost: Check = {
  name: "virtual-host",
  title: "buckets in the host name",
  needs: ["permissions"],
  async run(exam) {
    const { protocol, hostname, host, pathname } = new URL(exam.endpoint);
    const bucket = exam.work?.bucket ?? "";
    if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) {
      return skipped("An address has no names below it: clients use path style (forcePathStyle).");
    }
    const usePath = "Let clients use path style (forcePathStyle: true, addressing_style = path)";
    const name = `${bucket}.${hostname}`;
    // Every name below localhost is this machine (RFC 6761), which not every resolver knows.
    const address = name.endsWith(".localhost") ? "127.0.0.1" : undefined;
    const isKnown = address !== undefined || (await lookup(name).catch(() => undefined)) !== undefined;
    if (!isKnown) {
      return warn(
        `There is no host ${name}.`,
        `${usePath}, or make a DNS entry for *.${hostname} and tell the server of its name (--domains ${hostname}).`,
      );
    }
    const base = `${protocol}//${bucket}.${host}${pathname.replace(/\/$/, "")}`;
    try {
      const call = { method: "GET", path: "/?list-type=2&max-keys=1", base };
      const answer = await exam.call(address === undefined ? call : { ...call, address });
      if (answer.status === 200 && /<Name>/.test(answer.body.toString("utf8"))) {
        return ok(`${name} is the bucket; path style works as well.`);
      }
      return warn(
        `A request to ${name} is answered with ${describeAnswer(answer)}.`,
        `${usePath}, or tell the server of its name (--domains ${hostname}) and the proxy to pass on Host.`,
      );
    } catch (error) {
      if (exam.signal.aborted) throw error;
      return warn(
        `${name} cannot be used: ${causeOfNetworkError(error)}`,
        `${usePath}, or get a certificate for *.${hostname}.`,
      );
    }
  },
};
