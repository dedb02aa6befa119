import type { TestApi } from "../../../api/test/support/start-api.ts";
import { act } from "./act.ts";
import type { World } from "./fixture.ts";

export async function idOfStorage(api: TestApi): Promise<number> {
  return (await act(api, "/api/external-services/by-slug/my-storage", { method: "GET" })).service.id;
}

/** As an example before may have stopped it. */
export async function makeRunning({ api }: World): Promise<undefined> {
  await act(api, `/api/external-services/${await idOfStorage(api)}/start`);
}

/** A service for one example only, that has the id of the example's. */
export function withServiceFor(words: string) {
  return async ({ api }: World): Promise<Readonly<Record<string, string>>> => {
    const name = `for-one-${process.hrtime.bigint()}`;
    const { id } = await act(api, "/api/external-services", { json: { name, service_type: "s3", parameters: {} } });
    return { [words]: `--id ${id}` };
  };
}

/** `--id 2` is `my-storage`, whatever its id is. */
export async function asStorage({ api }: World): Promise<Readonly<Record<string, string>>> {
  return { "--id 2": `--id ${await idOfStorage(api)}` };
}
