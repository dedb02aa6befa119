// Writes one object after the other until it is told to stop. Then it says how many were acknowledged, and which are not there.
import { lockDataDirectory } from "../../src/embedded/data-directory.ts";
import { openEmbeddedStore } from "../../src/embedded/open-embedded-store.ts";
import { plain } from "../../src/testing/case-tools.ts";

const bucket = "photos";
const [, , directory = ""] = process.argv;
const lock = await lockDataDirectory(directory);
const store = await openEmbeddedStore({ directory });
await store.createBucket({ name: bucket, ownerId: "owner" });
await store.putBucketDurability(bucket, "relaxed"); // commits follow each other closely
let isStopped = false;
process.on("message", () => {
  isStopped = true;
});
process.send?.("ready");

let acknowledged = 0;
for (; !isStopped; acknowledged += 1) {
  await store.putObject({ bucket, key: String(acknowledged) }, Buffer.from("abc"), plain);
}
const lost: number[] = [];
for (let key = 0; key < acknowledged; key += 1) {
  if ((await store.headObject({ bucket, key: String(key) })) === undefined) lost.push(key);
}
process.send?.({ acknowledged, lost });
await store.close();
await lock.release();
process.disconnect?.();
