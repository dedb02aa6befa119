import { readFileSync } from "node:fs";
import { ann, type TestGateway } from "./start-gateway.ts";

const page = new URL("../../../../docs/clients.md", import.meta.url);

export type SettingsBlock = {
  /** A heading of the page. */
  readonly client: string;
  readonly language: "ini" | "js" | "python" | "sh" | "yaml";
};

/**
 * What docs/clients.md tells the users of a client to write, for this gateway and {@link ann}: the first block in the
 * language under the client's heading. So the page cannot tell what does not work.
 */
export function documentedSettings({ client, language }: SettingsBlock, { port }: Pick<TestGateway, "port">): string {
  const section = readFileSync(page, "utf8")
    .split(/^## /m)
    .find((candidate) => candidate.startsWith(`${client}\n`));
  const [, block] = section?.split(`\n\`\`\`${language}\n`) ?? [];
  if (block === undefined) throw new TypeError(`Expected a ${language} block for ${client} in docs/clients.md`);
  return block
    .replace(/^```.*/ms, "")
    .replaceAll("7480", String(port))
    .replaceAll("YOUR_ACCESS_KEY", ann.accessKeyId)
    .replaceAll("YOUR_SECRET_KEY", ann.secretAccessKey);
}

/** The variables that the page tells a client's users to export. */
export function documentedEnvironment(client: string, gateway: Pick<TestGateway, "port">): Record<string, string> {
  const lines = documentedSettings({ client, language: "sh" }, gateway).matchAll(
    /^export (?<name>\w+)=(?<value>.*)$/gm,
  );
  return Object.fromEntries(Array.from(lines, ({ groups }) => [groups?.name ?? "", groups?.value ?? ""]));
}
