import { CliError } from "./chunk-B3FYOJ65.js";

// src/s3/targets.ts
function parseTarget(text, { contexts }) {
  if (text === "-") return { kind: "stream" };
  if (text.startsWith("s3://")) return { kind: "s3", context: void 0, ...split(text.slice("s3://".length), text) };
  const [context] = contexts.filter((name) => text.startsWith(`${name}:`)).sort((a, b) => b.length - a.length);
  if (context !== void 0) return { kind: "s3", context, ...split(text.slice(context.length + 1), text) };
  if (/^[A-Za-z0-9][\w.-]+:(?![\\])/.test(text)) {
    const name = text.slice(0, text.indexOf(":"));
    throw new CliError("Usage", `There is no context "${name}".`, {
      why: `It is read from "${text}".`,
      next: ["stave context list", `s3://BUCKET/KEY for an object, ./${text} for a file`],
    });
  }
  if (text === "") throw new CliError("Usage", "Expected s3://BUCKET/KEY or a path, got nothing.");
  return { kind: "local", path: text };
}
function parseS3Target(text, { contexts }) {
  const target = parseTarget(text, { contexts });
  if (target.kind !== "s3") {
    throw new CliError("Usage", `Expected s3://BUCKET/KEY, got "${text}".`, {
      next: [`s3://${text.replace(/^[./]+/, "")}`],
    });
  }
  return target;
}
function formatTarget({ context, bucket, key }) {
  const path = key === "" ? bucket : `${bucket}/${key}`;
  return context === void 0 ? `s3://${path}` : `${context}:${path}`;
}
function split(path, text) {
  const slash = path.indexOf("/");
  const bucket = slash === -1 ? path : path.slice(0, slash);
  const key = slash === -1 ? "" : path.slice(slash + 1);
  if (bucket === "" && key !== "") throw new CliError("Usage", `There is no bucket in "${text}".`);
  if (Buffer.byteLength(key) > 1024) throw new CliError("Usage", "A key has at most 1,024 bytes.");
  return { bucket, key };
}

export { formatTarget, parseS3Target, parseTarget };
//# sourceMappingURL=chunk-VXJ5RBDU.js.map
