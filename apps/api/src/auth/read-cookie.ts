/** The value of a cookie. Two of one name: somebody has planted one, and nobody can tell which. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const values = (header ?? "").split(";").flatMap((pair) => {
    const [found = "", value = ""] = pair.trim().split("=", 2);
    return found === name ? [value] : [];
  });
  return values.length === 1 ? values[0] : undefined;
}
