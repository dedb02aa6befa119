import type { ObjectStore, ObjectVersion, OpenObject } from "@stave/object-store";
import { checksumHeader } from "../body/checksum-headers.ts";
import type { MasterKeys } from "../encryption/master-keys.ts";
import { isManaged, openManaged } from "../encryption/object-key.ts";
import { encryptionHeaders } from "../headers/encryption-headers.ts";
import { quote, unquote } from "../headers/object-headers.ts";
import { copyInParts } from "./copy-in-parts.ts";
import { expectSuccess, type RemoteObject } from "./remote-object.ts";
import type { CopyTask } from "./replication-plan.ts";

/**
 * Makes the bucket of another server say what a bucket here says about a key. What is there already is not written again:
 * after a crash nobody knows whether it was. Throws when the remote cannot be reached, or does not want it.
 */
export async function copyToRemote(services: CopyServices, task: CopyTask, remote: RemoteObject): Promise<void> {
  if (task.kind === "marker") await copyMarker(services.store, task, remote);
  else await copyVersion(services, task, remote);
}

export type CopyServices = { readonly store: ObjectStore; readonly masterKeys: MasterKeys };

async function copyMarker(store: ObjectStore, { bucket, key, versionId }: CopyTask, remote: RemoteObject) {
  const marker = await store.headObject({ bucket, key }, versionId);
  if (marker?.isDeleteMarker !== true) return; // taken back meanwhile
  const { status, headers } = await remote.send({ method: "HEAD" });
  if (status === 404 && headers["x-amz-delete-marker"] === "true") return;
  expectSuccess(await remote.send({ method: "DELETE", isReplica: true }));
}

async function copyVersion(
  { store, masterKeys }: CopyServices,
  { bucket, key, versionId }: CopyTask,
  remote: RemoteObject,
) {
  const open = await store.openObject({ bucket, key }, versionId, {
    keyOf({ encryption = "" }) {
      if (isManaged(encryption)) return openManaged(encryption, masterKeys);
      throw new Error(
        "The object is encrypted with a customer's key, which only its requests bring: it cannot be copied",
      );
    },
  });
  if (open === undefined || !("version" in open)) return; // removed meanwhile
  try {
    const { version } = open;
    if (await isThere(version, remote)) return;
    const headers = writeHeaders(version);
    if (version.partsCount === undefined) await copyWhole(open, headers, remote);
    else await copyInParts(open, headers, remote);
  } finally {
    await open.close();
  }
}

async function isThere({ etag, lastModified, sizeBytes, metadata }: ObjectVersion, remote: RemoteObject) {
  const { status, headers } = await remote.send({ method: "HEAD" });
  return (
    status === 200 &&
    headers.etag === quote(etag) &&
    headers["content-length"] === String(sizeBytes) &&
    Date.parse(headers["last-modified"] ?? "") >= Math.floor(lastModified.getTime() / 1000) * 1000 &&
    Object.entries(metadata.user).every(([name, value]) => headers[`x-amz-meta-${name}`] === value) &&
    Object.entries(metadata.headers).every(([name, value]) => headers[name] === value)
  );
}

/** What makes the copy the same as the object, but for its bytes. */
function writeHeaders({ metadata, attributes, encryption }: ObjectVersion): Record<string, string> {
  const user = Object.entries(metadata.user).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  const tags = new URLSearchParams(attributes?.tags).toString();
  return {
    ...metadata.headers,
    ...Object.fromEntries(user),
    ...(tags !== "" && { "x-amz-tagging": tags }),
    ...encryptionHeaders({}, encryption), // what is encrypted stays so
  };
}

async function copyWhole(open: OpenObject, headers: Record<string, string>, remote: RemoteObject): Promise<void> {
  const { etag, sizeBytes, checksum } = open.version;
  const answer = await remote.send({
    method: "PUT",
    isReplica: true,
    headers: {
      ...headers,
      // The remote compares both with what it gets before it keeps anything.
      "content-md5": Buffer.from(etag, "hex").toString("base64"),
      ...(checksum !== undefined && { [checksumHeader(checksum.algorithm)]: checksum.value }),
    },
    body: { bytes: open.bytes ?? copies(open.read()), sizeBytes },
  });
  expectSuccess(answer);
  const written = unquote(answer.headers.etag ?? "");
  if (written !== etag) throw new Error(`The remote has stored something else: its etag is ${written}, not ${etag}`);
}

/** A chunk of a stored object is overwritten when the next one is read, and a socket may not have sent it by then. */
export async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
