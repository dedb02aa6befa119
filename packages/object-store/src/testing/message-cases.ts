import { deepEqual, equal, ok } from "node:assert/strict";
import type { OnChange, VersionChange } from "../object-store.ts";
import { bodyOf, createBucket, minPartBytes, open, patterned, plain, put, refuses, rule } from "./case-tools.ts";

const queue = "webhook:a";

/** A message for each change; its text says what has changed. */
const telling: OnChange = ({ kind, bucket, version }) => {
  const what = version.isDeleteMarker ? "marker" : `${version.sizeBytes} bytes`;
  return [{ queue, group: `${bucket}/${version.key}`, text: `${kind} ${version.versionId} ${what}` }];
};

export const messageCases = [
  rule("keeps the messages of a change with the change, in order", async (store) => {
    const bucket = await createBucket(store);
    const address = { bucket, key: "a" };
    await store.putObject(address, bodyOf("abc"), { ...plain, onChange: telling });
    const source = await open(store, bucket, "a");
    await store.copyObject(source, { bucket, key: "b" }, { ...plain, onChange: telling });
    await source.close();
    const upload = await store.createUpload({ bucket, key: "c" }, plain);
    const part = await store.putPart(upload, patterned(minPartBytes), { partNumber: 1 });
    await store.completeUpload(upload, { parts: [part], onChange: telling });
    await store.completeUpload(upload, { parts: [part], onChange: telling });
    await store.putObjectAttributes(address, { tags: { k: "v" }, onChange: telling });
    await store.deleteObject(address, { onChange: telling });
    await store.deleteObject(address, { onChange: telling });

    const messages = await store.readMessages(queue, { state: "waiting", limit: 10 });
    deepEqual(
      messages.map(({ group, text }) => [group, text]),
      [
        ["photos/a", "added null 3 bytes"],
        ["photos/b", "added null 3 bytes"],
        ["photos/c", `added null ${minPartBytes} bytes`],
        ["photos/a", "attributes null 3 bytes"],
        ["photos/a", "removed null 3 bytes"],
      ],
    );
    for (const [at, { sequence, attempts }] of messages.entries()) {
      ok(sequence > (messages[at - 1]?.sequence ?? 0));
      equal(attempts, 0);
    }
    deepEqual(await store.listQueues(), [{ name: queue, waiting: 5, dead: 0, dropped: 0 }]);
  }),

  rule("names the version that was added, marked or removed", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    const changes: VersionChange[] = [];
    const onChange: OnChange = (change) => {
      changes.push(change);
      return [];
    };
    const address = { bucket, key: "a" };
    const first = await store.putObject(address, bodyOf("abc"), { ...plain, attributes: { acl: "x" }, onChange });
    const marker = await store.deleteObject(address, { onChange });
    await store.deleteObject(address, { versionId: first.versionId, onChange });
    await store.deleteObject(address, { versionId: marker.versionId ?? "", onChange });

    deepEqual(
      changes.map(({ kind, version }) => [kind, version.versionId, version.isDeleteMarker, version.isLatest]),
      [
        ["added", first.versionId, false, true],
        ["added", marker.versionId, true, true],
        ["removed", first.versionId, false, false],
        ["removed", marker.versionId, true, true],
      ],
    );
    deepEqual(changes[0]?.version, first);
    deepEqual(await store.listQueues(), []);
  }),

  rule("keeps no message of a change that is refused", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a");
    const input = { ...plain, conditions: { ifNoneMatch: "*" as const }, onChange: telling };
    await refuses(store.putObject({ bucket, key: "a" }, bodyOf("abc"), input), "PreconditionFailed");
    await refuses(store.putObjectAttributes({ bucket, key: "z" }, { tags: {}, onChange: telling }), "NoSuchKey");

    deepEqual(await store.readMessages(queue, { state: "waiting", limit: 10 }), []);
  }),

  rule("gives the messages of one change to several queues the same sequence", async (store) => {
    const bucket = await createBucket(store);
    const both: OnChange = () => ["a", "b"].map((name) => ({ queue: name, group: "g", text: name }));
    await store.putObject({ bucket, key: "a" }, bodyOf("abc"), { ...plain, onChange: both });

    const [a] = await store.readMessages("a", { state: "waiting", limit: 10 });
    const [b] = await store.readMessages("b", { state: "waiting", limit: 10 });
    equal(a?.text, "a");
    equal(b?.text, "b");
    equal(a?.sequence, b?.sequence);
  }),

  rule("keeps several messages of one change to a queue, in their order", async (store) => {
    const bucket = await createBucket(store);
    const twice: OnChange = () => ["1", "2"].map((text) => ({ queue: "a", group: "g", text }));
    await store.putObject({ bucket, key: "a" }, bodyOf("abc"), { ...plain, onChange: twice });

    const messages = await store.readMessages("a", { state: "waiting", limit: 10 });
    deepEqual(
      messages.map(({ text }) => text),
      ["1", "2"],
    );
    deepEqual(await store.listQueues(), [{ name: "a", waiting: 2, dead: 0, dropped: 0 }]);
  }),

  rule("moves messages between waiting and dead, and removes those that are done", async (store) => {
    const bucket = await createBucket(store);
    for (const key of ["a", "b", "c"]) {
      await store.putObject({ bucket, key }, bodyOf("abc"), { ...plain, onChange: telling });
    }
    const [a = 0, b = 0, c = 0] = (await store.readMessages(queue, { state: "waiting", limit: 10 })).map(
      ({ sequence }) => sequence,
    );
    const dueAt = new Date("2030-01-01T00:00:00Z");
    await store.changeMessages(queue, [
      { sequence: a, to: "done" },
      { sequence: b, to: "waiting", attempts: 1, dueAt, failure: "no answer" },
      { sequence: c, to: "dead", attempts: 2, dueAt },
      { sequence: c + 1000, to: "done" },
    ]);

    const waiting = await store.readMessages(queue, { state: "waiting", limit: 10 });
    deepEqual(
      waiting.map(({ sequence, group, attempts, failure }) => [sequence, group, attempts, failure]),
      [[b, "photos/b", 1, "no answer"]],
    );
    deepEqual(waiting[0]?.dueAt, dueAt);
    const dead = await store.readMessages(queue, { state: "dead", limit: 10 });
    deepEqual(
      dead.map(({ sequence, attempts, failure }) => [sequence, attempts, failure]),
      [[c, 2, undefined]],
    );
    deepEqual(await store.listQueues(), [{ name: queue, waiting: 1, dead: 1, dropped: 0 }]);

    await store.changeMessages(queue, [
      { sequence: c, to: "waiting", attempts: 0, dueAt },
      { sequence: b, to: "done" },
    ]);
    await store.changeMessages("nobody", [{ sequence: c, to: "done" }]);
    deepEqual(await store.listQueues(), [{ name: queue, waiting: 1, dead: 0, dropped: 0 }]);
    deepEqual(
      (await store.readMessages(queue, { state: "waiting", limit: 10 })).map(({ sequence }) => sequence),
      [c],
    );
  }),

  rule("reads messages in pages, and those of no other queue", async (store) => {
    const bucket = await createBucket(store);
    const names = ["q", "q2", "q"];
    for (const [at, name] of names.entries()) {
      const onChange: OnChange = () => [{ queue: name, group: "g", text: String(at) }];
      await store.putObject({ bucket, key: "a" }, bodyOf("abc"), { ...plain, onChange });
    }
    const [first] = await store.readMessages("q", { state: "waiting", limit: 1 });
    equal(first?.text, "0");
    const rest = await store.readMessages("q", { state: "waiting", after: first?.sequence ?? 0, limit: 10 });
    deepEqual(
      rest.map(({ text }) => text),
      ["2"],
    );
    deepEqual(
      (await store.readMessages("q2", { state: "waiting", limit: 10 })).map(({ text }) => text),
      ["1"],
    );
  }),
];
