import { lockDataDirectory } from "../../src/embedded/data-directory.ts";
import { openEmbeddedStore } from "../../src/embedded/open-embedded-store.ts";

// Writes objects with messages until it is killed, and says when there are 20.
const [, , directory = ""] = process.argv;
await lockDataDirectory(directory);
const store = await openEmbeddedStore({ directory });
await store.createBucket({ name: "photos", ownerId: "owner" });
for (let at = 0; at < 1000; at += 1) {
  await store.putObject({ bucket: "photos", key: String(at).padStart(4, "0") }, Buffer.from("abc"), {
    ownerId: "owner",
    metadata: { headers: {}, user: {} },
    onChange: ({ version }) => [{ queue: "webhook:a", group: version.key, text: version.key }],
  });
  if (at === 19) process.stdout.write("20\n");
}
