export { type ObjectStoreCase, objectStoreCases } from "./testing/object-store-cases.ts";
