import { type AddressRules, createAddressRules } from "@stave/outgoing-requests";
import { UsageError } from "../process/usage-error.ts";
import type { SettingsEntry } from "./read-settings-file.ts";

/** Where an entry of a settings file lets this server connect to, beside public addresses. Throws a {@link UsageError}. */
export function readAllowedNetworks(entry: SettingsEntry): AddressRules {
  try {
    return createAddressRules(entry.texts("allowedNetworks"));
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message, { cause: error }) : error;
  }
}
