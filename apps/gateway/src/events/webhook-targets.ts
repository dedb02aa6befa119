import { type AddressRules, parseServerUrl } from "@stave/outgoing-requests";
import { readAllowedNetworks } from "../outgoing/allowed-networks.ts";
import { readSettingsFile } from "../outgoing/read-settings-file.ts";

/** Where events may be sent to: named by the operator, never by a client. */
export type WebhookTarget = {
  readonly name: string;
  readonly url: URL;
  /** The key of the signature. */
  readonly secret: Buffer;
  readonly addresses: AddressRules;
};

const secretPattern = /^whsec_[A-Za-z0-9+/]+={0,2}$/;
const secretBytes = { min: 24, max: 64 };

/** Reads a JSON array of targets. Throws a `UsageError` that names the entry and the field at fault. */
export function readWebhookTargets(file: string): readonly WebhookTarget[] {
  return readSettingsFile(file, "webhook targets", {
    fields: ["url", "secret", "allowedNetworks"],
    parse: (entry, name) => ({
      name,
      url: new URL(entry.text("url", (value) => parseServerUrl(value) !== undefined, "a URL with http or https")),
      secret: decodeSecret(
        entry.text(
          "secret",
          (value) => secretPattern.test(value) && isSecretSize(decodeSecret(value).length),
          `whsec_ and ${secretBytes.min} to ${secretBytes.max} random bytes in base64`,
        ),
      ),
      addresses: readAllowedNetworks(entry),
    }),
  });
}

function decodeSecret(text: string): Buffer {
  return Buffer.from(text.slice("whsec_".length), "base64");
}

function isSecretSize(sizeBytes: number): boolean {
  return sizeBytes >= secretBytes.min && sizeBytes <= secretBytes.max;
}
