import { type RotateMasterReport, rotateMaster } from "@stave/credential-vault";
import { lockRotation } from "../../control/lock-rotation.ts";
import { makeObjectKey } from "../../control/object-keys.ts";
import { sealedStoresOf } from "../../control/sealed-stores.ts";
import { CommandError, type CommandOutput } from "../command.ts";
import { type CommandControl, controlCommand } from "../control-command.ts";
import { renderTable } from "../render-table.ts";

const exitCode = { done: 0, unreadable: 1 };

export const rotateEncryption = controlCommand<{ readonly objects: boolean }>({
  name: "rotate",
  description:
    "Makes a new master key, and seals every access key and secret again with it. May be cut off, and run again: then it goes on. Back up the key file afterwards.",
  addOptions(command) {
    command.option("--objects", "also make a new key for objects that are encrypted from now on", false);
  },
  async run(control, { objects }, output) {
    const lock = lockRotation(control.directory);
    if (lock === undefined) throw new CommandError("Another rotation is under way. Wait for its end.");
    try {
      const objectKeyId = objects ? (await makeObjectKey({ ...control, vault: control.control.vault })).id : undefined;
      const report = { ...(await rotate(control, output)), ...(objectKeyId !== undefined && { objectKeyId }) };
      return {
        report,
        text: show(report),
        exitCode: report.unreadable.length === 0 ? exitCode.done : exitCode.unreadable,
      };
    } finally {
      lock.release();
    }
  },
});

async function rotate(command: CommandControl, { json, print }: CommandOutput): Promise<RotateMasterReport> {
  const { actor, control } = command;
  const { vault, database } = control;
  await database.audit.add({ actor, action: "master-key:rotate", subject: await vault.currentKeyId() });
  let printed = Promise.resolve();
  let last = 0;
  const onProgress = (resealed: number) => {
    if (json || resealed === last) return;
    last = resealed;
    printed = printed.then(() => print(`${resealed.toLocaleString("en-US")} secrets are sealed again\n`));
  };
  const stores = sealedStoresOf(command);
  const report = await rotateMaster({ vault, canary: database.canary, stores, onProgress });
  await printed;
  const { keyId: subject, resealed, forgottenKeys, unreadable } = report;
  const details = { resealed, forgottenKeys, unreadable: unreadable.length };
  await database.audit.add({ actor, action: "master-key:rotated", subject, details });
  return report;
}

function show(report: RotateMasterReport & { readonly objectKeyId?: string }): string {
  const table = renderTable([
    ["master key", report.keyId],
    ["made now", report.madeKey ? "yes" : "no, an earlier rotation was gone on with"],
    ["secrets that were sealed again", report.resealed],
    ["old keys that were taken out of the key file", report.forgottenKeys],
    ["secrets that do not open", report.unreadable.length],
    ...(report.objectKeyId === undefined ? [] : [["key of new objects", report.objectKeyId] as const]),
  ]);
  const unreadable = report.unreadable.map(({ store, id, code }) => `\n${store}  ${id}  ${code}`).join("");
  return `${table}${unreadable === "" ? "" : `${unreadable}\n`}\nBack up the key file now, apart from the data.\n`;
}
