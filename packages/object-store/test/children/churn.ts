// Writes, overwrites, completes uploads and deletes until it is told to stop. Its objects are written in order and deleted in
// order, so that any one moment shows a row of numbers without a gap.
import { openEmbeddedStore } from "../../src/embedded/open-embedded-store.ts";
import { minPartBytes, plain } from "../../src/testing/case-tools.ts";
import { churnBody, churnKey } from "../churn-body.ts";

const bucket = "photos";
const kept = 12;
const [, , directory = "", name = ""] = process.argv;
const store = await openEmbeddedStore({ directory });
let isStopped = false;

process.on("message", () => {
  isStopped = true;
});

async function write(n: number): Promise<void> {
  const address = { bucket, key: churnKey(name, n) };
  const body = churnBody(address.key);
  if (body.length <= minPartBytes) {
    await store.putObject(address, body, plain);
    return;
  }
  const upload = await store.createUpload(address, plain);
  const first = await store.putPart(upload, body.subarray(0, minPartBytes), { partNumber: 1 });
  const second = await store.putPart(upload, body.subarray(minPartBytes), { partNumber: 2 });
  await store.completeUpload(upload, { parts: [first, second] });
}

let written = 0;
process.send?.("ready");
for (; !isStopped; written += 1) {
  await write(written);
  if (written >= kept) await store.deleteObject({ bucket, key: churnKey(name, written - kept) });
}
await store.close();
process.send?.(written);
process.disconnect?.();
