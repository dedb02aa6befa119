export { type AddressRules, createAddressRules } from "./address-rules.ts";
export { AddressRefused, allowsHost, guardedLookup } from "./guarded-lookup.ts";
export { parseServerUrl } from "./parse-server-url.ts";
export { type Answer, type OutgoingRequest, type SendOptions, sendRequest } from "./send-request.ts";
export { type SignedContent, signWebhook } from "./sign-webhook.ts";
