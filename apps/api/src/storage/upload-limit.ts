import type { ApiContext } from "../context.ts";

export const uploadLimitOption = "storage.max-file-size-mb";

const defaultMb = 5120;

/** Of one upload through the control plane, or by what it has signed. */
export async function readMaxUploadBytes({ database }: Pick<ApiContext, "database">): Promise<number> {
  return toMb(await database.as("system").options.read(uploadLimitOption)) * 1024 ** 2;
}

/** As it is stored; undefined: it was never set. */
export function toMb(stored: string | undefined): number {
  return stored === undefined ? defaultMb : Number(stored);
}
