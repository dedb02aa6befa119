// What keys that somebody has chosen must look like, wherever they come from.

export const accessKeyIdForm = { expected: "3 to 128 letters, digits or underscores", pattern: /^\w{3,128}$/ };
export const secretAccessKeyForm = { expected: "8 to 256 visible ASCII characters", pattern: /^[\x21-\x7e]{8,256}$/ };

/** What other servers ship with: whoever scans for open storage tries them first. */
const wellKnown = new Set(["minioadmin", "rustfsadmin"]);

export function isWellKnown(text: string): boolean {
  return wellKnown.has(text);
}
