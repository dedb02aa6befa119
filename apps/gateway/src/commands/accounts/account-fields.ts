import { UsageError } from "../../process/usage-error.ts";

const maxNameLength = 256;
const maxEmailLength = 320;

/** Throws a {@link UsageError} for a name that cannot be shown, or is none. */
export function readAccountName(name: string): string {
  if (name.trim() !== "" && name.length <= maxNameLength && !/\p{C}/u.test(name)) return name;
  throw new UsageError(`Expected the name to be 1 to ${maxNameLength} visible characters. See --help.`);
}

export function readEmail(email: string): string {
  if (/^[\x21-\x7e]+@[\x21-\x7e]+$/.test(email) && email.length <= maxEmailLength) return email.toLowerCase();
  throw new UsageError(`--email: Expected an e-mail address, got ${JSON.stringify(email)}. See --help.`);
}
