/** The bytes of base64 in its one canonical form: padded, standard alphabet, unused bits zero. `undefined` for all else. */
export function decodeBase64(value: string, sizeBytes: number): Buffer | undefined {
  // The length first: a client may send a header of any size.
  if (value.length !== Math.ceil(sizeBytes / 3) * 4) return undefined;
  const bytes = Buffer.from(value, "base64");
  // Node skips what is not base64, so only the way back proves that there was nothing else.
  return bytes.length === sizeBytes && bytes.toString("base64") === value ? bytes : undefined;
}
