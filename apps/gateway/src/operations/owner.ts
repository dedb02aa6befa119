import type { Owner } from "@stave/s3-xml";
import type { OperationContext } from "./operation.ts";

export function owner({ accounts }: Pick<OperationContext, "accounts">, id: string): Owner {
  return { id, displayName: accounts.displayNameOf(id) };
}
