import { showName } from "../commands/render-table.ts";
import { nameOf } from "./explain-access.ts";
import type { Explanation, RefusalSummary } from "./explanation.ts";
import type { KeptStatement } from "./kept-access.ts";

/** An explanation as people read it. What clients chose cannot play tricks on a terminal. */
export function showExplanation(explanation: Explanation): string {
  const { requestId, time, remoteAddress, accessKeyId, account, headers } = explanation;
  const { status, code, message, method, host, path, query, operation } = explanation;
  const who =
    accessKeyId === undefined ? undefined : `key ${accessKeyId}${account ? ` of ${account.displayName}` : ""}`;
  const facts = [`request ${requestId}`, time, remoteAddress && `from ${remoteAddress}`, who];
  const lines = [
    `${status} ${code}: ${message}`,
    `${method} ${host}${path}${query === undefined ? "" : `?${query}`} (${operation})`,
    facts.filter((fact) => fact !== undefined).join("  "),
    ...(explanation.isWhole
      ? []
      : ["Not all of this request is kept: it is very long, or a secret was signed with it."]),
    ...section("Why", numbered(explanation.hints)),
    ...section("Decided", decisionLines(explanation)),
    ...section("Claimed", claimLines(explanation)),
    ...section("Computed here: canonical request", linesOf(explanation.signature?.computed?.canonicalRequest)),
    ...section("Computed here: string to sign", linesOf(explanation.signature?.computed?.stringToSign)),
    ...section(
      "Headers",
      headers.map(([name, value]) => `${name}: ${value}`),
    ),
  ];
  return `${lines.map(showName).join("\n")}\n`;
}

/** One line each. */
export function showSummaries(summaries: readonly RefusalSummary[]): string {
  return summaries
    .map(({ requestId, time, remoteAddress, accessKeyId, method, path, operation, status, code }) => {
      const who = accessKeyId ?? "unsigned";
      return `${showName([time, requestId, status, code, who, remoteAddress ?? "-", operation, method, path].join("  "))}\n`;
    })
    .join("");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function numbered(texts: readonly string[]): readonly string[] {
  return texts.length === 1 ? texts : texts.map((text, at) => `${at + 1}. ${text}`);
}

function linesOf(text: string | undefined): readonly string[] {
  return text?.split("\n") ?? [];
}

function decisionLines({ access }: Explanation): readonly string[] {
  if (access === undefined) return [];
  const { action, resource, ownership, isRestricted, acl, hasMoreStatements } = access;
  const statements = access.statements.toSorted((a, b) => a.statement - b.statement);
  return [
    ...(action === undefined ? [] : [`needed: ${action} on ${resource}`]),
    `refused by: ${access.by}`,
    ...(ownership === undefined ? [] : [`object ownership: ${ownership}`]),
    ...(acl === undefined ? [] : [`ACL that could grant it: ${acl.permission} of the ${acl.of}`]),
    ...(isRestricted === true || acl?.isIgnored === true ? ["public access block: has an effect here"] : []),
    ...statements.map((statement) => `statement ${nameOf(statement)}, ${statement.effect}: ${outcomeOf(statement)}`),
    ...(hasMoreStatements === true ? ["and more statements than were kept"] : []),
  ];
}

function outcomeOf({ applies, mismatch, condition }: KeptStatement): string {
  if (applies) return "applies";
  if (condition === undefined) return `does not apply, for its ${mismatch}`;
  const { operator, key, values } = condition;
  const shown = values === undefined ? "" : `, which is ${values.length === 0 ? "none" : values.join(", ")}`;
  return `does not apply, for its Condition ${operator} on ${key}${shown}`;
}

function claimLines({ signature, form }: Explanation): readonly string[] {
  const claimed = signature?.claimed;
  if (claimed !== undefined) {
    return [
      `key: ${claimed.accessKeyId}`,
      `scope: ${claimed.scope}`,
      `signed headers: ${claimed.signedHeaders.join(", ")}`,
      `signature: ${claimed.signature}…`,
    ];
  }
  if (form === undefined) return [];
  return [
    ...(form.accessKeyId === undefined ? [] : [`key: ${form.accessKeyId}`]),
    ...(form.scope === undefined ? [] : [`scope: ${form.scope}`]),
    ...(form.signature === undefined ? [] : [`signature: ${form.signature}…`]),
    `fields: ${form.fields.join(", ")}`,
  ];
}
