// Opens the store, as a worker does, and does what its parent says, one message at a time.
import { closeSync, openSync } from "node:fs";
import { openEmbeddedStore } from "../../../src/embedded/open-embedded-store.ts";
import type { BucketDurability } from "../../../src/object-store.ts";
import { StoreError } from "../../../src/store-error.ts";
import { patterned, plain, readBytes } from "../../../src/testing/case-tools.ts";

export type ActorRequest =
  | { readonly do: "put"; readonly bucket: string; readonly key: string; readonly sizeBytes: number }
  | { readonly do: "read"; readonly bucket: string; readonly key: string }
  | { readonly do: "durability"; readonly bucket: string; readonly durability: BucketDurability }
  | { readonly do: "take-descriptors"; readonly left: number }
  | { readonly do: "give-descriptors-back" }
  | { readonly do: "close" };

export type ActorAnswer =
  | { readonly value: unknown }
  | { readonly refused: { readonly code: string; readonly message: string } };

const [, , directory = ""] = process.argv;
const store = await openEmbeddedStore({ directory });
const descriptors: number[] = [];

async function answer(request: ActorRequest): Promise<unknown> {
  switch (request.do) {
    case "put": {
      const { bucket, key, sizeBytes } = request;
      return (await store.putObject({ bucket, key }, patterned(sizeBytes), plain)).etag;
    }
    case "read":
      return (await readBytes(store, request.bucket, request.key)).length;
    case "durability":
      return await store.putBucketDurability(request.bucket, request.durability);
    case "take-descriptors":
      takeDescriptors();
      for (const descriptor of descriptors.splice(0, request.left)) closeSync(descriptor);
      return descriptors.length;
    case "give-descriptors-back":
      for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
      return 0;
    case "close":
      return await store.close();
  }
}

function takeDescriptors(): void {
  try {
    for (;;) descriptors.push(openSync("/dev/null", "r"));
  } catch {
    return; // that there are no more is what was wanted
  }
}

process.on("message", (request: ActorRequest) => {
  answer(request).then(
    (value) => {
      process.send?.({ value } satisfies ActorAnswer);
      if (request.do === "close") process.disconnect?.();
    },
    (error: unknown) => {
      const code = error instanceof StoreError ? error.code : "unknown";
      process.send?.({ refused: { code, message: String(error) } } satisfies ActorAnswer);
    },
  );
});
process.send?.({ value: "ready" } satisfies ActorAnswer);
