import { randomBytes } from "node:crypto";

export type AccessKeyPair = { readonly accessKeyId: string; readonly secretAccessKey: string };

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * A pair as AWS makes them: `AKIA` and 16 characters of base32 (80 bits), 40 characters of base64 (240 bits). `ASIA` for
 * temporary ones. Nobody chooses keys: what people choose can be guessed.
 */
export function generateAccessKey(prefix: "AKIA" | "ASIA" = "AKIA"): AccessKeyPair {
  return { accessKeyId: prefix + randomText(16, idAlphabet), secretAccessKey: randomText(40, secretAlphabet) };
}

/** The alphabets have 32 and 64 letters, so that no letter is likelier than another. */
function randomText(length: number, alphabet: string): string {
  let text = "";
  for (const byte of randomBytes(length)) text += alphabet[byte % alphabet.length];
  return text;
}
