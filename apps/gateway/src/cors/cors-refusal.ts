import type { CorsConfiguration, CorsRule } from "@stave/s3-xml";
import { type CrossOriginIntent, matchCorsRule } from "./match-cors-rule.ts";

/** What a rule did not allow: the first of it. */
export type CorsMismatch = "AllowedMethod" | "AllowedOrigin" | "AllowedHeader";

/** Why a preflight was refused: the `cause` of the error, for administrators. */
export class CorsRefusal {
  /** One for each rule, in order. */
  readonly mismatches: readonly CorsMismatch[];

  constructor({ rules }: CorsConfiguration, intent: CrossOriginIntent) {
    this.mismatches = rules.map((rule) => findMismatch(rule, intent));
  }
}

function findMismatch(rule: CorsRule, intent: CrossOriginIntent): CorsMismatch {
  if (!rule.allowedMethods.includes(intent.method)) return "AllowedMethod";
  return matchCorsRule({ rules: [rule] }, { ...intent, headers: [] }) === undefined ? "AllowedOrigin" : "AllowedHeader";
}
