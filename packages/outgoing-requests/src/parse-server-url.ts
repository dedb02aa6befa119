/** The URL of somebody else's server; undefined for what cannot be one, or carries a password. */
export function parseServerUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isUsable = ["http:", "https:"].includes(url.protocol) && url.username === "" && url.password === "";
  return isUsable && url.hash === "" ? url : undefined;
}
