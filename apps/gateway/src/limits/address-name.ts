/**
 * Whose budget an address uses. Of IPv6 the first 64 bits count: whoever has one address there has them all. Those who cannot be told
 * apart have one together.
 */
export function addressName(address: string | undefined): string {
  if (address === undefined) return "unknown";
  return address.includes(":") ? networkOf(address) : address;
}

/** However the address is spelled. It has been parsed by whoever says that it is one. */
function networkOf(address: string): string {
  const [bare = ""] = address.split("%");
  const [left = "", right] = bare.replace(/(\d+\.){3}\d+$/, "0:0").split("::");
  const before = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
