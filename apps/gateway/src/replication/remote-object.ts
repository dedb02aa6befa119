import type { Answer } from "@stave/outgoing-requests";
import type { RemoteRequest } from "./remotes.ts";

/** One key in a bucket of another server. */
export interface RemoteObject {
  send(request: Omit<RemoteRequest, "bucket" | "key">): Promise<Answer>;
}

/** Throws for anything but 2xx, with the code of S3 if there is one. */
export function expectSuccess({ status, body }: Answer): void {
  if (status >= 200 && status <= 299) return;
  const [, code = ""] = /<Code>([A-Za-z]{1,64})<\/Code>/.exec(body.toString()) ?? [];
  throw new Error(`The remote answered with ${status}${code === "" ? "" : ` ${code}`}`);
}

/** The text of an element in an answer. Throws when it is not there. */
export function elementOf({ body }: Answer, name: string): string {
  const [, text] = new RegExp(`<${name}>([^<]{1,1024})</${name}>`).exec(body.toString()) ?? [];
  if (text === undefined) throw new Error(`The remote answered without ${name}`);
  return text.replaceAll("&quot;", '"').replaceAll("&#34;", '"').replaceAll("&amp;", "&");
}
