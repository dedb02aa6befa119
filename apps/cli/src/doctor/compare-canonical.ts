import { explainRequest } from "@stave/sigv4-verify";

/** A signed request as it was sent. */
export type SentRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Of differences that are told. */
const maxDifferences = 3;

/**
 * What was signed here against what the server has computed a signature of: the canonical requests of both sides, line by line
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 */
export function compareCanonical(
  { method, target, headers }: SentRequest,
  seen: string,
  { region, now }: { readonly region: string; readonly now: () => Date },
): readonly string[] {
  const rawHeaders = Object.entries(headers).flat();
  const sent = explainRequest({ method, target, rawHeaders }, { region, now })?.canonicalRequest;
  if (sent === undefined) return [];
  const theirs = seen.split("\n");
  const differences = sent.split("\n").flatMap((line, at) => {
    const other = theirs[at] ?? "";
    return line === other ? [] : [`Signed was "${line}", and the server got "${other}".`];
  });
  if (differences.length > 0) return differences.slice(0, maxDifferences);
  return ["The server got exactly what was signed: so the secret key here is not the one that it knows."];
}
