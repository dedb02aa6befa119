const shortestSecret = 6;

/**
 * Takes secrets out of lines: as they are, as JSON and URLs have them, and the parts of those that go over several lines. Shorter ones than six
 * characters are words such as "on", and would make a log unreadable.
 */
export function createRedact(secrets: readonly string[]): (line: string) => string {
  const texts = secrets.flatMap((secret) => [secret, ...secret.split(/\r?\n/)]);
  const forms = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)]);
  // Longest first, so that no rest of one is left that has another in it.
  const wanted = [...new Set(forms)]
    .filter(({ length }) => length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length);
  return (line) => {
    const clean = wanted.reduce((rest, secret) => rest.replaceAll(secret, "***"), line);
    return isCutOff(line) ? withoutBeginning(clean, wanted) : clean;
  };
}

/** Docker's lines are cut off at 16 KiB, which may be in the middle of a secret. */
function isCutOff(line: string): boolean {
  return Buffer.byteLength(line) >= 16_000;
}

function withoutBeginning(line: string, secrets: readonly string[]): string {
  for (const secret of secrets) {
    for (let length = Math.min(secret.length, line.length); length >= shortestSecret; length -= 1) {
      if (line.endsWith(secret.slice(0, length))) return `${line.slice(0, -length)}***`;
    }
  }
  return line;
}
