import { hash } from "node:crypto";
import { type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { type OperationId, type RouteDefinition, routes, z } from "@stave/api-contract";
import type { Request } from "express";
import type { OperationContext } from "../../context.ts";
import type { Caller } from "../../http/caller.ts";
import type { Handlers } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { type BucketSetting, bucketSettings } from "../../storage/bucket-settings.ts";
import { inStorage } from "../../storage/open-storage.ts";

const settingNames = {
  Policy: "policy",
  Cors: "cors",
  Lifecycle: "lifecycle",
  Versioning: "versioning",
  ObjectLock: "object-lock",
  Tags: "tags",
  Encryption: "encryption",
  Ownership: "ownership",
  PublicAccessBlock: "public-access-block",
  Website: "website",
  Notifications: "notifications",
  Replication: "replication",
  Logging: "logging",
} as const satisfies Record<string, keyof typeof bucketSettings>;

type Name = keyof typeof settingNames;
type SettingHandlers = Pick<Handlers, Extract<OperationId, `${"get" | "put" | "delete"}Bucket${Name}`>>;

/** What each of them gets: the contract has validated it with the schema of its setting. */
type AnyRequest = {
  readonly caller: Caller;
  readonly params: { readonly bucket: string };
  readonly query: { readonly service?: string | undefined };
  readonly body: never;
  readonly message: Request;
};

/** Three operations for each setting, all alike. */
export function settingOperations(context: OperationContext): SettingHandlers {
  const inTurn = createTurns();
  const handlers = Object.entries(settingNames).flatMap(([name, path]) => {
    const setting: BucketSetting = bucketSettings[path];
    const schema = schemaOf(name as Name);
    const read = (client: S3Client, bucket: string) => readSetting(client, bucket, { setting, schema });

    const get = (request: AnyRequest) =>
      inStorage(context, request, async ({ client }) => answer(await read(client, request.params.bucket)));
    const change = (request: AnyRequest, action: string, run: (client: S3Client) => Promise<unknown>) =>
      inStorage(context, request, ({ client, service, record }) => {
        const { bucket } = request.params;
        return inTurn(`${service.id}/${bucket}/${path}`, async () => {
          await requireMatch(request.message.headers["if-match"], () => read(client, bucket));
          await record(`bucket:${action}-${path}`, bucket);
          await run(client);
          return read(client, bucket);
        });
      });
    const put = async (request: AnyRequest) =>
      answer(await change(request, "put", (client) => setting.write(client, request.params.bucket, request.body)));
    const { remove } = setting;
    if (remove === undefined) return [[`getBucket${name}`, get] as const, [`putBucket${name}`, put] as const];
    const deleted = async (request: AnyRequest) => {
      await change(request, "delete", (client) => remove(client, request.params.bucket));
      return { status: 204 };
    };
    return [
      [`getBucket${name}`, get] as const,
      [`putBucket${name}`, put] as const,
      [`deleteBucket${name}`, deleted] as const,
    ];
  });
  // The names are made from a table, which the compiler cannot follow; a test calls every one of them.
  return Object.fromEntries<unknown>(handlers) as unknown as SettingHandlers;
}

/** What the body of its PUT is. */
function schemaOf(name: Name): z.ZodType {
  const route: RouteDefinition = routes[`putBucket${name}`];
  return route.body ?? z.never();
}

async function readSetting(
  client: S3Client,
  Bucket: string,
  { setting, schema }: { readonly setting: BucketSetting; readonly schema: z.ZodType },
): Promise<unknown> {
  let found: unknown;
  try {
    found = (await setting.read(client, Bucket)) ?? null;
  } catch (error) {
    if (!(error instanceof S3ServiceException) || error.name !== setting.absent) throw error;
    return null;
  }
  const read = schema.nullable().safeParse(found);
  if (read.success) return read.data;
  throw new Problem("NOT_IMPLEMENTED", {
    detail: "S3 has settings here that this API has no words for.",
    nextActions: ["Read and change them with an S3 client."],
    cause: read.error,
  });
}

function answer(data: unknown) {
  return { status: 200, headers: { etag: etagOf(data), "cache-control": "private, no-cache" }, body: { data } };
}

/** Of what is shown, so that it is the same however the engine writes it down. */
function etagOf(data: unknown): string {
  return `"${hash("sha256", JSON.stringify(data)).slice(0, 32)}"`;
}

async function requireMatch(wanted: string | undefined, read: () => Promise<unknown>): Promise<void> {
  if (wanted === undefined) return;
  const data = await read();
  const isMatch = wanted === "*" ? data !== null : wanted.split(",").some((etag) => etag.trim() === etagOf(data));
  if (!isMatch) {
    throw new Problem("PRECONDITION_FAILED", {
      nextActions: ["Read it again, and repeat the change on what is there."],
    });
  }
}

/** S3 has no conditions for settings: of those who change one through this process, each sees what the one before has done. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>();
  return async <Result>(name: string, run: () => Promise<Result>): Promise<Result> => {
    const turn = (last.get(name) ?? Promise.resolve()).then(run, run);
    last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (last.get(name) === turn) last.delete(name);
    }
  };
}
