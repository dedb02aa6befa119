import { rootOf } from "../../../api/test/support/service-account.ts";
import type { TestApi } from "../../../api/test/support/start-api.ts";
import { createS3Client } from "../../../gateway/test/support/s3-client.ts";
import type { TestGateway } from "../../../gateway/test/support/start-gateway.ts";

/** What is in a service, seen with its root key: objects by their path, `/photos/a.txt`. */
export type ServiceStorage = {
  put(path: string, body?: string): Promise<void>;
  /** Undefined: it is not there. */
  read(path: string): Promise<string | undefined>;
};

export async function storageOf(api: TestApi, gateway: TestGateway, id: number): Promise<ServiceStorage> {
  const account = await rootOf(api, id);
  const client = createS3Client(gateway);
  const expectStatus = (status: number, expected: number, what: string) => {
    if (status !== expected) throw new Error(`${what}: ${status}`);
  };
  return {
    async put(path, body = "") {
      const { status } = await client.call({ method: "PUT", path, body, account });
      expectStatus(status, 200, `PUT ${path}`);
    },
    async read(path) {
      const { status, text } = await client.call({ path, account });
      if (status === 404) return undefined;
      expectStatus(status, 200, `GET ${path}`);
      return text;
    },
  };
}
