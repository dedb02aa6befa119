export { type ObjectStoreCase, objectStoreCases } from "./testing/object-store-cases.ts";
export { type RandomHistoryOptions, type RandomHistoryReport, runRandomHistory } from "./testing/random-history.ts";
