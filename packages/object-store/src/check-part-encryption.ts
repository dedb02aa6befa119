import type { BodyEncryption, Upload } from "./object-store.ts";

/** Throws a `TypeError` for a part that is encrypted and its upload is not, or the other way round: the object could not be read. */
export function checkPartEncryption(
  upload: { readonly encryption: Upload["encryption"] | undefined },
  part: BodyEncryption | undefined,
): void {
  if ((upload.encryption === undefined) === (part === undefined)) return;
  const expected = upload.encryption === undefined ? "absent, as it is" : "given, as it was";
  throw new TypeError(`Expected \`encryption\` of a part to be ${expected} for its upload`);
}
