// Writes as fast as it can, 64 at a time, and says on its output what has been acknowledged, until it is killed.
import { writeSync } from "node:fs";
import { lockDataDirectory } from "../../src/embedded/data-directory.ts";
import { openEmbeddedStore } from "../../src/embedded/open-embedded-store.ts";
import { bodyOf, plain } from "../../src/testing/case-tools.ts";
import { floodBody } from "../flood-body.ts";

const bucket = "photos";
const [, , directory = ""] = process.argv;
await lockDataDirectory(directory);
const store = await openEmbeddedStore({ directory });
await store.createBucket({ name: bucket, ownerId: "owner" });

let next = 0;
const write = async (): Promise<void> => {
  for (;;) {
    next += 1;
    const key = `key ${next}`;
    await store.putObject({ bucket, key }, bodyOf(...floodBody(key)), plain);
    writeSync(1, `${key}\n`);
  }
};
await Promise.all(Array.from({ length: 64 }, write));
