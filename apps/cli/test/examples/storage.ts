import type { ApiCall } from "../../../api/test/support/start-api.ts";
import type { World } from "./fixture.ts";

/** The answer; throws where the api refuses it: an example that lacks what it needs would fail for a reason that nobody sees. */
export async function ask({ api }: World, path: string, call?: ApiCall) {
  const answer = await api.call(path, call);
  if (answer.status < 300) return answer.body;
  throw new Error(`${call?.method ?? "GET"} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** One that is there will do. */
export async function makeBucket(world: World, name: string, settings: object = {}): Promise<void> {
  const json = { name, ...settings };
  const { status } = await world.api.call(bucketPath(name));
  if (status === 404) await ask(world, "/api/storage/buckets", { method: "POST", json });
}

export async function keepVersions(world: World, bucket: string): Promise<void> {
  await ask(world, `${bucketPath(bucket)}/versioning`, { method: "PUT", json: { status: "Enabled" } });
}

export async function putObjects(
  world: World,
  bucket: string,
  objects: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [key, body] of Object.entries(objects)) {
    await ask(world, `${bucketPath(bucket)}/objects/${key}`, { method: "PUT", body });
  }
}

/** With all versions of what is in it. */
export async function emptyBucket(world: World, bucket: string): Promise<void> {
  const { data } = await ask(world, `${bucketPath(bucket)}/versions?limit=1000`);
  const objects = data.map(({ key, versionId }: { readonly key: string; readonly versionId: string }) => ({
    key,
    versionId,
  }));
  if (objects.length === 0) return;
  await ask(world, `${bucketPath(bucket)}/objects`, { method: "DELETE", json: { objects } });
}

/** One that is not there needs no removing. */
export async function removeBucket(world: World, name: string): Promise<void> {
  const { status } = await world.api.call(bucketPath(name));
  if (status === 404) return;
  await emptyBucket(world, name);
  await ask(world, bucketPath(name), { method: "DELETE" });
}

export function bucketPath(name: string): string {
  return `/api/storage/buckets/${name}`;
}
