import type { AccessKeys } from "@stave/credential-vault";
import { accessKeysFor, type Control, openControl } from "../../src/control/open-control.ts";
import type { TestGateway } from "./start-gateway.ts";

/** Works with the access keys of a running gateway, as another process that has its control database open. */
export async function changeKeys<T>(
  { dataDirectory }: Pick<TestGateway, "dataDirectory">,
  work: (keys: AccessKeys, control: Control) => Promise<T>,
): Promise<T> {
  const control = await openControl({ dataDirectory, encryptionKeyFile: undefined });
  try {
    return await work(accessKeysFor("test", control), control);
  } finally {
    await control.close();
  }
}
