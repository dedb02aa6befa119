/** Secrets that this process has held. None of them leaves it. */
export type Redactor = {
  keep(secret: string): void;
  redact(text: string): string;
};

const masked = "***";
/** Shorter ones would be found everywhere. */
const leastLength = 8;

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    keep(secret) {
      if (secret.length < leastLength) return;
      secrets.add(secret);
      secrets.add(encodeURIComponent(secret));
    },
    redact: (text) => [...secrets].reduce((clean, secret) => clean.replaceAll(secret, masked), text),
  };
}
