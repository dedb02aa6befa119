import { checkDataDirectory } from "@stave/object-store";
import type { CrashFinding } from "./messages.ts";

/** Asks the store's own check, which looks at everything that no reader sees. */
export async function checkDirectory(directory: string): Promise<readonly CrashFinding[]> {
  const { findings } = await checkDataDirectory(directory);
  return findings.map((finding) => ({ kind: "check", subject: "the check", text: JSON.stringify(finding) }));
}
