import { stat } from "node:fs/promises";
import { keyIdOf } from "@stave/credential-vault";
import { objectKeyPrefix } from "../../control/object-keys.ts";
import { encryptionKeyFile } from "../../control/open-control.ts";
import { type CommandControl, controlCommand } from "../control-command.ts";
import { renderColumns } from "../render-columns.ts";
import { renderTable } from "../render-table.ts";

const done = 0;
const pageSize = 1000;

type Sealed = { accessKeys: number; secrets: number };

export const encryptionStatus = controlCommand({
  name: "status",
  description: "Shows the keys, and how many secrets each of them seals. Shows no key itself.",
  async run(control) {
    const file = encryptionKeyFile({ dataDirectory: control.directory, ...control });
    const { mode } = await stat(file);
    const { current, retired } = await control.control.vault.keyIds();
    const counts = await countSealed(control);
    const canary = await control.control.database.canary.read();
    const keys = [
      { id: current, state: "seals", retiredAt: null },
      ...retired.map(({ id, retiredAt }) => ({ id, state: "only opens", retiredAt: retiredAt.toISOString() })),
    ].map((key) => ({ ...key, ...(counts.get(key.id) ?? noneSealed) }));
    const isRotationUnfinished = canary !== undefined && keyIdOf(canary) !== current;
    const objectKeys = (await control.secrets.list(objectKeyPrefix)).map(({ name, createdAt }) => ({
      id: name.slice(objectKeyPrefix.length),
      createdAt: createdAt.toISOString(),
    }));
    const report = { file, mode: (mode & 0o777).toString(8).padStart(4, "0"), keys, isRotationUnfinished, objectKeys };
    return { report, text: show(report), exitCode: done };
  },
});

type Report = {
  readonly file: string;
  readonly mode: string;
  readonly keys: readonly (Sealed & {
    readonly id: string;
    readonly state: string;
    readonly retiredAt: string | null;
  })[];
  readonly isRotationUnfinished: boolean;
  readonly objectKeys: readonly { readonly id: string; readonly createdAt: string }[];
};

const noneSealed: Sealed = { accessKeys: 0, secrets: 0 };

async function countSealed({ accessKeys, secrets }: CommandControl): Promise<ReadonlyMap<string, Sealed>> {
  const counts = new Map<string, Sealed>();
  const add = (envelope: string, kind: keyof Sealed) => {
    const id = keyIdOf(envelope);
    const count = counts.get(id) ?? { ...noneSealed };
    count[kind] += 1;
    counts.set(id, count);
  };
  for (let after: string | undefined; ; ) {
    const page = await accessKeys.list({ after, limit: pageSize });
    for (const { secretEnvelope } of page) add(secretEnvelope, "accessKeys");
    after = page.at(-1)?.accessKeyId;
    if (page.length < pageSize) break;
  }
  for (const { envelope } of await secrets.list("")) add(envelope, "secrets");
  return counts;
}

function show({ file, mode, keys, isRotationUnfinished, objectKeys }: Report): string {
  const files = renderTable([
    ["key file", file],
    ["mode", mode],
  ]);
  const table = renderColumns(
    ["MASTER KEY", "STATE", "ACCESS KEYS", "OTHER SECRETS", "RETIRED"],
    keys.map(({ id, state, accessKeys, secrets, retiredAt }) => [
      id,
      state,
      String(accessKeys),
      String(secrets),
      retiredAt ?? "",
    ]),
  );
  const unfinished = isRotationUnfinished
    ? "\nA rotation has not ended: run `stave-gateway encryption rotate` to go on with it.\n"
    : "";
  const objects = renderColumns(
    ["OBJECT KEY", "CREATED"],
    objectKeys.map(({ id, createdAt }) => [id, createdAt]),
  );
  return `${files}\n${table}${unfinished}\n${objects}`;
}
