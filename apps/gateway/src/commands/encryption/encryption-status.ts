import { stat } from "node:fs/promises";
import { keyIdOf, type SealedStore, VaultError } from "@stave/credential-vault";
import { objectKeyPrefix } from "../../control/object-keys.ts";
import { encryptionKeyFile } from "../../control/open-control.ts";
import { sealedStoresOf } from "../../control/sealed-stores.ts";
import { controlCommand } from "../control-command.ts";
import { renderColumns } from "../render-columns.ts";
import { renderTable } from "../render-table.ts";

const done = 0;
const pageSize = 1000;

export const encryptionStatus = controlCommand({
  name: "status",
  description: "Shows which keys there are, and how many secrets each of them seals. Shows no key itself.",
  async run(command) {
    const { control, secrets, directory } = command;
    const file = encryptionKeyFile({ dataDirectory: directory, encryptionKeyFile: command.encryptionKeyFile });
    const { mode } = await stat(file);
    const { current, retired } = await control.vault.keyIds();
    const counts = await countSealed(sealedStoresOf(command));
    const known = [
      { id: current, state: "seals", retiredAt: null },
      ...retired.map(({ id, retiredAt }) => ({ id, state: "only opens", retiredAt: retiredAt.toISOString() })),
    ];
    const lost = [...counts.keys()].filter((id) => known.every((key) => key.id !== id));
    const keys = [...known, ...lost.map((id) => ({ id, state: "not in the key file", retiredAt: null }))].map(
      (key) => ({ ...key, sealed: Object.fromEntries(counts.get(key.id) ?? []) }),
    );
    const canary = await control.database.canary.read();
    const objectKeys = (await secrets.list(objectKeyPrefix)).map(({ name, createdAt }) => ({
      id: name.slice(objectKeyPrefix.length),
      createdAt: createdAt.toISOString(),
    }));
    const report = {
      file,
      mode: (mode & 0o777).toString(8).padStart(4, "0"),
      isRotationUnfinished: canary !== undefined && keyIdOf(canary) !== current,
      keys,
      objectKeys,
    };
    return { report, text: show(report), exitCode: done };
  },
});

/** By key, then by store. */
async function countSealed(stores: readonly SealedStore[]): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const counts = new Map<string, Map<string, number>>();
  for (const store of stores) {
    for (let after: string | undefined; ; ) {
      const page = await store.sealedOtherwise("", { after, limit: pageSize }); // than with a key of no name: all
      for (const { envelope } of page) {
        const id = readKeyId(envelope);
        const ofKey = counts.get(id) ?? new Map<string, number>();
        counts.set(id, ofKey.set(store.name, (ofKey.get(store.name) ?? 0) + 1));
      }
      after = page.at(-1)?.id;
      if (page.length < pageSize) break;
    }
  }
  return counts;
}

function readKeyId(envelope: string): string {
  try {
    return keyIdOf(envelope);
  } catch (error) {
    if (error instanceof VaultError) return "(damaged)";
    throw error;
  }
}

type Report = {
  readonly file: string;
  readonly mode: string;
  readonly isRotationUnfinished: boolean;
  readonly keys: readonly {
    readonly id: string;
    readonly state: string;
    readonly retiredAt: string | null;
    readonly sealed: Readonly<Record<string, number>>;
  }[];
  readonly objectKeys: readonly { readonly id: string; readonly createdAt: string }[];
};

function show({ file, mode, isRotationUnfinished, keys, objectKeys }: Report): string {
  const files = renderTable([
    ["key file", file],
    ["mode", mode],
  ]);
  const rows = keys.map(({ id, state, retiredAt, sealed }) => [id, state, retiredAt ?? "", showCounts(sealed)]);
  const masterKeys = renderColumns(["MASTER KEY", "STATE", "RETIRED", "SEALS"], rows);
  const unfinished = isRotationUnfinished
    ? "\nA rotation has not ended: run `stave-gateway encryption rotate` to go on with it.\n"
    : "";
  const objects = objectKeys.map(({ id, createdAt }) => [id, createdAt]);
  return `${files}\n${masterKeys}${unfinished}\n${renderColumns(["OBJECT KEY", "CREATED"], objects)}`;
}

function showCounts(sealed: Readonly<Record<string, number>>): string {
  const counts = Object.entries(sealed).map(([store, count]) => `${count.toLocaleString("en-US")} ${store}`);
  return counts.length === 0 ? "nothing" : counts.join(", ");
}
