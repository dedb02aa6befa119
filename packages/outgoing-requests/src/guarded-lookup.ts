import { lookup as resolve } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { AddressRules } from "./address-rules.ts";

/** The address is not one that this server may connect to. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

/** False for a URL whose host is an address that is not allowed. What a name stands for is seen when it is looked up. */
export function allowsHost(addresses: AddressRules, { hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return isIP(host) === 0 || addresses.allows(host);
}

/** For the agent of any client: the connection goes to an address that was looked at, whatever the name means a moment later. */
export function guardedLookup(addresses: AddressRules): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const [first] = found ?? [];
      const forbidden = found?.find(({ address }) => !addresses.allows(address));
      if (error !== null || first === undefined) callback(error ?? new Error("The name has no address"), "", 0);
      // One bad address is enough: a name that is meant to be used has none.
      else if (forbidden !== undefined) callback(addressRefused(forbidden.address), "", 0);
      else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

export function addressRefused(address: string): AddressRefused {
  return new AddressRefused(`The address ${address} is not public and in none of the allowed networks`);
}
