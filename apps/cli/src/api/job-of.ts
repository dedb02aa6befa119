/** The job that an answer of 202 names in its `Location`. */
export function jobOf({ headers }: { readonly headers: Readonly<Record<string, string>> }): string {
  return (headers.location ?? "").replace(/^.*\/api\/jobs\//, "");
}
