// A sibling process: opens the store and does what its parent says, one message at a time.
import { openEmbeddedStore } from "../../src/embedded/open-embedded-store.ts";
import { bodyOf, plain, readText } from "../../src/testing/case-tools.ts";

export type PeerRequest =
  | { readonly do: "put"; readonly key: string; readonly text: string }
  | { readonly do: "read"; readonly key: string }
  | { readonly do: "race"; readonly key: string; readonly attempts: number }
  | { readonly do: "flood"; readonly prefix: string; readonly objects: number }
  | { readonly do: "close" };

const bucket = "photos";
const [, , directory = ""] = process.argv;
const store = await openEmbeddedStore({ directory });

async function answer(request: PeerRequest): Promise<unknown> {
  switch (request.do) {
    case "put":
      return (await store.putObject({ bucket, key: request.key }, bodyOf(request.text), plain)).etag;
    case "read":
      return await readText(store, bucket, request.key);
    case "race": {
      const writes = Array.from({ length: request.attempts }, (_, at) =>
        store.putObject({ bucket, key: request.key }, bodyOf(`${process.pid} ${at}`), {
          ...plain,
          conditions: { ifNoneMatch: "*" },
        }),
      );
      const settled = await Promise.allSettled(writes);
      return settled.filter(({ status }) => status === "fulfilled").length;
    }
    case "flood":
      await Promise.all(
        Array.from({ length: request.objects }, (_, at) =>
          store.putObject({ bucket, key: `${request.prefix}${at}` }, bodyOf("x".repeat(at * 400)), plain),
        ),
      );
      return request.objects;
    case "close":
      await store.close();
      return "closed";
  }
}

process.on("message", (request: PeerRequest) => {
  answer(request).then(
    (value) => {
      process.send?.({ value });
      if (request.do === "close") process.disconnect?.();
    },
    (error) => process.send?.({ error: String(error) }),
  );
});
process.send?.({ value: "ready" });
