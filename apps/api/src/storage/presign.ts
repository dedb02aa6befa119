import type { ServiceRecord } from "@stave/control-database";
import { type OutgoingRequest, presignUrl, signPostPolicy } from "@stave/sigv4-verify";
import type { OperationContext } from "../context.ts";
import { serviceCredentials } from "../services/service-credentials.ts";
import { publicEndpoint } from "../services/service-endpoint.ts";
import { escapeKey, escapeText } from "./object-path.ts";

type Address = { readonly bucket: string; readonly key: string };

export type PresignInput = {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly object: Address;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresInSeconds: number;
};

export type PostFormInput = {
  readonly object: Address;
  readonly contentType: string | undefined;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly expiresAt: Date;
};

/** Signs for clients without keys, for the address at which they reach the service, and with its own credentials. */
export type Presigner = {
  url(input: PresignInput): Promise<string>;
  /** The address and the fields of a form. */
  form(input: PostFormInput): Promise<{ readonly url: string; readonly fields: Record<string, string> }>;
  /** Not signed: for what everybody may read. */
  plainUrl(object: Address, query?: Readonly<Record<string, string>>): string;
};

export async function createPresigner(context: OperationContext, service: ServiceRecord): Promise<Presigner> {
  const signing = {
    ...(await serviceCredentials(context, service)),
    region: service.region,
    now: context.now,
  };
  const endpoint = publicEndpoint(context, service).replace(/\/+$/, "");
  const plainUrl = ({ bucket, key }: Address, query: Readonly<Record<string, string>> = {}) => {
    const pairs = Object.entries(query).map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`);
    return `${endpoint}/${bucket}/${escapeKey(key)}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
  };
  return {
    plainUrl,
    url({ method, object, query = {}, headers = {}, expiresInSeconds }) {
      const request: OutgoingRequest = { method, url: plainUrl(object, query), headers };
      return presignUrl(request, { ...signing, expiresInSeconds });
    },
    async form({ object: { bucket, key }, contentType, minBytes, maxBytes, expiresAt }) {
      const fields = await signPostPolicy(
        {
          bucket,
          fields: { key, ...(contentType !== undefined && { "Content-Type": contentType }) },
          conditions: [["content-length-range", minBytes, maxBytes]],
          expiresAt,
        },
        signing,
      );
      return { url: `${endpoint}/${bucket}`, fields };
    },
  };
}
