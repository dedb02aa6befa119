import type { RunOf } from "../../../command/define-command.ts";
import { writeSetting } from "./bucket-setting.ts";
import type { versioningEnable, versioningSuspend } from "./define-set.ts";

export const enable: RunOf<typeof versioningEnable> = (invocation) => setStatus(invocation, "Enabled");

export const suspend: RunOf<typeof versioningSuspend> = (invocation) => setStatus(invocation, "Suspended");

async function setStatus(
  { api, arguments: { bucket }, options: { service }, output }: Parameters<typeof enable>[0],
  status: "Enabled" | "Suspended",
): Promise<void> {
  const after = await writeSetting(await api(), "versioning", { bucket, service, value: { status } });
  output.note(`Versioning of ${bucket} is ${status.toLowerCase()}.`);
  output.result(after, () => "");
}
