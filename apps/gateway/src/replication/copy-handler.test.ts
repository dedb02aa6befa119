import { toVaultKey } from "@stave/credential-vault";
import { createMemoryStore, type Message, type ObjectStore } from "@stave/object-store";
import type { Answer } from "@stave/outgoing-requests";
import { beforeEach, describe, expect, test } from "vitest";
import type { MasterKeys } from "../encryption/master-keys.ts";
import { encryptForCustomer, encryptManaged } from "../encryption/object-key.ts";
import { createCopyHandler } from "./copy-handler.ts";
import type { RemoteRequest, Remotes } from "./remotes.ts";
import type { CopyTask } from "./replication-plan.ts";

const masterKey = toVaultKey(Buffer.alloc(32, 1));
const masterKeys: MasterKeys = { current: () => masterKey, find: () => masterKey };

describe("a message about a copy", () => {
  let store: ObjectStore;
  let requests: RemoteRequest[] = [];
  let versionId = "";
  const { signal } = new AbortController();

  beforeEach(async () => {
    store = createMemoryStore();
    requests = [];
    await store.createBucket({ name: "b", ownerId: "owner" });
    await store.putBucketVersioning("b", "Enabled");
    ({ versionId } = await store.putObject({ bucket: "b", key: "k" }, Buffer.from("abc"), {
      ownerId: "owner",
      metadata: { headers: {}, user: {} },
      attributes: { replication: "PENDING" },
    }));
  });

  const handlerOf = (answer: (request: RemoteRequest) => Partial<Answer>) => {
    const remotes: Remotes = {
      has: () => true,
      close: () => {},
      async send(_, request) {
        requests.push(request);
        return { status: 200, headers: {}, body: Buffer.alloc(0), isCut: false, ...answer(request) };
      },
    };
    return createCopyHandler({ store, remotes, masterKeys });
  };
  const message = (change: Partial<CopyTask> = {}): Message => {
    const task = { kind: "object", bucket: "b", key: "k", versionId, remote: "r", to: "copy", ...change };
    return {
      queue: "replication:r",
      group: "b/k",
      sequence: 1,
      attempts: 0,
      dueAt: new Date(0),
      text: JSON.stringify(task),
    };
  };
  const status = async () => {
    const version = await store.headObject({ bucket: "b", key: "k" }, versionId);
    return version?.isDeleteMarker === false ? version.attributes?.replication : undefined;
  };

  test("fails when the remote refuses, and says so of the object when it is given up", async () => {
    const refusal = { status: 403, body: Buffer.from("<Error><Code>AccessDenied</Code></Error>") };
    const handler = handlerOf(({ method }) => (method === "PUT" ? refusal : { status: 404 }));

    await expect(handler.handle(message(), signal)).rejects.toThrow("The remote answered with 403 AccessDenied");
    expect(await status()).toBe("PENDING");
    await handler.onDead?.(message());
    expect(await status()).toBe("FAILED");
  });

  test("copies the bytes of an encrypted object, and asks the remote to encrypt them, too", async () => {
    ({ versionId } = await store.putObject({ bucket: "b", key: "k" }, Buffer.from("abc"), {
      ownerId: "owner",
      metadata: { headers: {}, user: {} },
      encryption: encryptManaged(masterKeys),
    }));
    const etag = '"900150983cd24fb0d6963f7d28e17f72"';
    const handler = handlerOf(({ method }) => (method === "PUT" ? { headers: { etag } } : { status: 404 }));

    await handler.handle(message(), signal);

    const put = requests.find(({ method }) => method === "PUT");
    expect([put?.headers?.["x-amz-server-side-encryption"], String(put?.body?.bytes)]).toEqual(["AES256", "abc"]);
    expect(await status()).toBe("COMPLETED");
  });

  test("fails for an object under a customer's key, and sends nothing", async () => {
    ({ versionId } = await store.putObject({ bucket: "b", key: "k" }, Buffer.from("abc"), {
      ownerId: "owner",
      metadata: { headers: {}, user: {} },
      encryption: encryptForCustomer({ bytes: Buffer.alloc(32, 2) }),
    }));

    await expect(handlerOf(() => ({})).handle(message(), signal)).rejects.toThrow("a customer's key");
    expect(requests).toEqual([]);
  });

  test("fails when the remote has stored something else", async () => {
    const handler = handlerOf(({ method }) =>
      method === "PUT" ? { headers: { etag: '"00000000000000000000000000000000"' } } : { status: 404 },
    );

    await expect(handler.handle(message(), signal)).rejects.toThrow("The remote has stored something else");
    expect(await status()).toBe("PENDING");
  });

  test("writes nothing again that is there", async () => {
    const headers = {
      etag: '"900150983cd24fb0d6963f7d28e17f72"',
      "content-length": "3",
      "last-modified": new Date(Date.now() + 1000).toUTCString(),
    };
    await handlerOf(() => ({ headers })).handle(message(), signal);

    expect(requests.map(({ method }) => method)).toEqual(["HEAD"]);
    expect(await status()).toBe("COMPLETED");
  });

  test("is done when what it is about is gone", async () => {
    const handler = handlerOf(() => ({ status: 404 }));
    await store.deleteObject({ bucket: "b", key: "k" }, { versionId });

    await handler.handle(message(), signal);
    await handler.handle(message({ kind: "marker" }), signal);
    await handler.handle(message({ bucket: "gone" }), signal);
    await handler.onDead?.(message());

    expect(requests).toEqual([]);
  });
});
