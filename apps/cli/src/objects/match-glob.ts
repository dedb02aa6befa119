/** `*` is any text without a slash, `**` any text, `?` one character but a slash. In time of the product of both lengths at most. */
export function matchGlob(pattern: string, text: string): boolean {
  const parts = [...pattern.matchAll(/\*\*|[\s\S]/gu)].map(([part]) => part);
  const letters = [...text];
  /** Where in the text the parts up to here may end. */
  let ends = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    if (part === "*" || part === "**") {
      let reach = -1;
      for (const end of [...ends].sort((a, b) => a - b)) {
        for (let at = Math.max(end, reach + 1); at <= letters.length; at += 1) {
          next.add(at);
          reach = at;
          if (part === "*" && letters[at] === "/") break;
        }
      }
    } else {
      for (const end of ends) {
        const letter = letters[end];
        if (letter !== undefined && (letter === part || (part === "?" && letter !== "/"))) next.add(end + 1);
      }
    }
    if (next.size === 0) return false;
    ends = next;
  }
  return ends.has(letters.length);
}
