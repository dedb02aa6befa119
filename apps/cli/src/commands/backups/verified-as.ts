/** `good`, `damaged`, or that nobody has looked. */
export function verifiedAs({ verification }: { readonly verification: { readonly isGood: boolean } | null }): string {
  if (verification === null) return "no";
  return verification.isGood ? "good" : "damaged";
}
