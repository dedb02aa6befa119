import { type FileHandle, open } from "node:fs/promises";
import { isMissing } from "../disk-error.ts";

export type OpenedSegment = { readonly file: FileHandle; [Symbol.asyncDispose](): Promise<void> };

/** Undefined when somebody has removed it. Not through the cache of readers: what is walked through once would drive out theirs. */
export async function openSegment(path: string): Promise<OpenedSegment | undefined> {
  try {
    const file = await open(path, "r");
    return { file, [Symbol.asyncDispose]: () => file.close() };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
