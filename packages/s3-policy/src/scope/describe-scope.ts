import type { Scope, ScopeTarget } from "./scope.ts";

const maxShownNetworks = 3;

/** A scope in a few words, for lists: `read-only on photos/2026/`, `full on everything, from 10.0.0.0/8`. */
export function describeScope({ access, on, sourceNetworks }: Scope): string {
  const place = `${access} on ${describeTarget(on)}`;
  return sourceNetworks === undefined ? place : `${place}, from ${describeNetworks(sourceNetworks)}`;
}

function describeTarget(on: ScopeTarget | undefined): string {
  if (on === undefined) return "everything";
  if ("project" in on) return `project ${on.project}`;
  return on.prefix === undefined ? on.bucket : `${on.bucket}/${printable(on.prefix)}`;
}

/** A prefix is whatever a key may begin with: what would move a cursor, break a line or hide is shown by its number. */
function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

function describeNetworks(networks: readonly string[]): string {
  const shown = networks.slice(0, maxShownNetworks).join(", ");
  const hidden = networks.length - maxShownNetworks;
  return hidden > 0 ? `${shown} and ${hidden} more` : shown;
}
