import type { TestApi } from "../../../api/test/support/start-api.ts";
import { act } from "./act.ts";

type Wanted = { readonly service: string; readonly bucket: string; readonly count: number };

/** Small objects in a bucket of a service, which is made when it is not there. */
export async function putObjects(api: TestApi, { service, bucket, count }: Wanted): Promise<void> {
  const path = "/api/storage/buckets";
  await act(api, `${path}?service=${service}`, { json: { name: bucket }, mayRefuse: [409] });
  const keys = Array.from({ length: count }, (_, at) => `note-${at}.txt`);
  await Promise.all(
    keys.map(async (key) => {
      const put = { method: "PUT", headers: { "content-type": "text/plain" }, body: "a note..".repeat(32) };
      const { status, body } = await api.call(`${path}/${bucket}/objects/${key}?service=${service}`, put);
      if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
    }),
  );
}
