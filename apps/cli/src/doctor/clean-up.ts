import type { Result } from "./check.ts";
import { type Finding, ok, warn } from "./check.ts";
import { type Exam, pathOf } from "./exam.ts";

/** Removes what the checks have made, with the versions. */
export async function cleanUp(exam: Exam): Promise<Result | undefined> {
  const { work, made } = exam;
  if (work === undefined) return undefined;
  const left: string[] = [];
  // What was overwritten is one object, unless its versions are kept.
  const each = new Map(made.map((one) => [`${one.key}\0${one.versionId ?? ""}`, one]));
  for (const { key, versionId } of each.values()) {
    const query = versionId === undefined ? "" : `?versionId=${encodeURIComponent(versionId)}`;
    const isGone = await remove(exam, `${pathOf(exam, key)}${query}`);
    if (!isGone) left.push(key);
  }
  if (work.isOwn && !(await remove(exam, `/${work.bucket}`))) left.unshift(`the bucket ${work.bucket}`);
  return { check: "clean-up", title: "cleaning up", ...describe(new Set(left), work.bucket) };
}

async function remove(exam: Exam, path: string): Promise<boolean> {
  try {
    const { status } = await exam.call({ method: "DELETE", path });
    return status === 204 || status === 200 || status === 404;
  } catch {
    return false; // it is told below, with what is left
  }
}

function describe(left: ReadonlySet<string>, bucket: string): Finding {
  if (left.size === 0) return ok("All that was made is gone again.");
  return warn(
    `These could not be removed: ${[...left].join(", ")}.`,
    `Remove them from ${bucket} with a key that may (stave rm --recursive --versions).`,
  );
}
