/** What an operator can limit, as metrics name it. */
export type LimitKind =
  | "requests-per-key"
  | "bytes-per-key"
  | "requests-per-address"
  | "bytes-per-address"
  | "connections"
  | "connections-per-address";
