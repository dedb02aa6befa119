// Writes one object and ends.
import { openEmbeddedStore } from "../../src/embedded/open-embedded-store.ts";
import { put } from "../../src/testing/case-tools.ts";

const [, , directory = "", key = ""] = process.argv;
const store = await openEmbeddedStore({ directory });
await put(store, "photos", key);
await store.close();
