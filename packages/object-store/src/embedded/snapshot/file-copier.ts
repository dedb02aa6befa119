import { constants, copyFile, link, open, stat } from "node:fs/promises";
import { codeOf, isMissing } from "../disk-error.ts";

/** Brings files to another directory: by a hard link where that is safe and possible, else as a copy. */
export interface FileCopier {
  /** `isComplete`: never written to again. False when there is no such file. */
  copy(source: string, target: string, options: { readonly isComplete: boolean }): Promise<boolean>;
  sizeBytes(): number;
  linked(): number;
}

/** Another file system, one without hard links, or a file that has as many as it may. */
const cannotLink: ReadonlySet<unknown> = new Set(["EXDEV", "EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"]);

export function createFileCopier(): FileCopier {
  let total = 0;
  let linked = 0;

  const tryLink = async (source: string, target: string): Promise<boolean> => {
    try {
      await link(source, target);
      linked += 1;
      return true;
    } catch (error) {
      if (cannotLink.has(codeOf(error))) return false;
      throw error;
    }
  };

  return {
    async copy(source, target, { isComplete }) {
      try {
        const { size } = await stat(source);
        if (!(isComplete && (await tryLink(source, target)))) await copyUpTo(source, target, size);
        total += size;
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    sizeBytes: () => total,
    linked: () => linked,
  };
}

async function copyUpTo(source: string, target: string, sizeBytes: number): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  const file = await open(target, "r+");
  try {
    await file.truncate(sizeBytes); // it may have grown meanwhile
    await file.sync();
  } finally {
    await file.close();
  }
}
