import { once } from "node:events";
import type { Output } from "./output.ts";

/** Until a reader that is slow has taken what was written: between the pages of a list that may be long. */
export async function drained({ raw }: Pick<Output, "raw">): Promise<void> {
  if (raw.writableNeedDrain) await once(raw, "drain");
}
