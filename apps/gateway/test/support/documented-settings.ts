import { readFileSync } from "node:fs";
import { readCodeBlocks } from "../../../../test/support/read-code-blocks.ts";
import { ann, type TestGateway } from "./start-gateway.ts";

const page = new URL("../../../../docs/clients.md", import.meta.url);

export type SettingsBlock = {
  /** A heading of the page. */
  readonly client: string;
  readonly language: "hcl" | "ini" | "js" | "python" | "sh" | "yaml";
};

/**
 * What docs/clients.md tells the users of a client to write, for this gateway and {@link ann}: the first block in the
 * language under the client's heading. So the page cannot tell what does not work.
 */
export function documentedSettings({ client, language }: SettingsBlock, { port }: Pick<TestGateway, "port">): string {
  const blocks = readCodeBlocks(readFileSync(page, "utf8"));
  const block = blocks.find((candidate) => candidate.heading === client && candidate.language === language);
  if (block === undefined) throw new TypeError(`Expected a ${language} block for ${client} in docs/clients.md`);
  return block.text
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
