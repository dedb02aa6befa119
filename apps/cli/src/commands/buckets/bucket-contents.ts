import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import { formatBytes } from "../../output/format-values.ts";
import { counted, serviceQuery } from "./options.ts";
import type { BucketOf } from "./settings/bucket-setting.ts";

/** What goes with a bucket. */
export type BucketContents = {
  /** Null: this engine does not count, and there are more than one page. */
  readonly objects: number | null;
  readonly versions: number;
  readonly sizeBytes: number;
  /** Credentials that are for this bucket alone. Null: who asks may not see them. */
  readonly credentials: number | null;
  /** The server refuses to delete what is linked. Null as above. */
  readonly links:
    | readonly { readonly service: number; readonly project: string; readonly environment: string }[]
    | null;
};

const pageSize = 1000;

export async function readContents(client: ApiClient, of: BucketOf): Promise<BucketContents> {
  const { bucket, service } = of;
  // First: when there is no such bucket, this says so.
  await client.call("get /api/storage/buckets/{bucket}", { params: { bucket }, query: serviceQuery(service) });
  const [stored, credentials, links] = await Promise.all([
    countExactly(client, of).catch(unlessUnsupported(() => countFirst(client, of))),
    countCredentials(client, of)
      .catch(unlessUnsupported(async () => 0))
      .catch(unlessForbidden),
    listLinks(client, of).catch(unlessForbidden),
  ]);
  return { ...stored, credentials, links };
}

export function isEmpty({ objects, versions }: Pick<BucketContents, "objects" | "versions">): boolean {
  return objects === 0 && versions === 0;
}

export function describeContents({ objects, versions, sizeBytes, credentials }: BucketContents): string {
  const stored =
    objects === null
      ? `more than ${counted(versions, "version")}, ${formatBytes(sizeBytes)} so far`
      : `${counted(objects, "object")} in ${counted(versions, "version")}, ${formatBytes(sizeBytes)}`;
  return !credentials ? stored : `${stored}, ${counted(credentials, "credential")}`;
}

type Counted = Pick<BucketContents, "objects" | "versions" | "sizeBytes">;

async function countExactly({ call }: ApiClient, { bucket, service }: BucketOf): Promise<Counted> {
  const { body } = await call("get /api/storage/buckets/{bucket}/quota", {
    params: { bucket },
    query: serviceQuery(service),
  });
  return body.data.usage;
}

/** Of engines that do not count: a page is enough to know what is at stake. */
async function countFirst({ call }: ApiClient, { bucket, service }: BucketOf): Promise<Counted> {
  const { body } = await call("get /api/storage/buckets/{bucket}/versions", {
    params: { bucket },
    query: { ...serviceQuery(service), limit: pageSize },
  });
  const { data, nextCursor } = body;
  const current = data.filter(({ isLatest, isDeleteMarker }) => isLatest && !isDeleteMarker);
  return {
    objects: nextCursor === null ? current.length : null,
    versions: data.length,
    sizeBytes: data.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
  };
}

async function countCredentials({ call }: ApiClient, { bucket, service }: BucketOf): Promise<number> {
  const { body } = await call("get /api/storage/buckets/{bucket}/credentials", {
    params: { bucket },
    query: { ...serviceQuery(service), limit: pageSize },
  });
  return body.data.length;
}

async function listLinks({ call }: ApiClient, { bucket, service = "1" }: BucketOf) {
  const id = /^\d+$/.test(service) ? Number(service) : await idOf(call, service);
  const found = [];
  for (let after: string | undefined; ; ) {
    const { body } = await call("get /api/external-services/{id}/projects", {
      params: { id },
      query: { limit: linkPage, ...(after !== undefined && { after }) },
    });
    for (const link of body) {
      if (link.bucket !== bucket) continue;
      found.push({ service: id, project: link.project.slug, environment: link.environment });
    }
    after = body.at(-1)?.id;
    if (body.length < linkPage) return found;
  }
}

const linkPage = 100;

async function idOf(call: ApiClient["call"], slug: string): Promise<number> {
  const { body } = await call("get /api/external-services/by-slug/{slug}", { params: { slug } });
  return body.service.id;
}

/** Only the built-in engine counts, and issues credentials. */
function unlessUnsupported<Value>(otherwise: () => Promise<Value>): (error: unknown) => Promise<Value> {
  return (error) => {
    const isUnsupported =
      error instanceof CliError && (error.code === "NotSupported" || error.serverCode === "UNPROCESSABLE");
    return isUnsupported ? otherwise() : Promise.reject(error);
  };
}

function unlessForbidden(error: unknown): null {
  if (error instanceof CliError && error.code === "Forbidden") return null;
  throw error;
}
