import { configurationsWithId } from "../src/operations/configurations-with-id.ts";
import { operations } from "../src/operations/index.ts";
import { unsetConfiguration } from "../src/operations/unset-configuration.ts";
import { type OperationName, routes } from "../src/routing/routes.ts";
import { features, type RefusedFeature, refusedFeatures } from "./features.ts";
import { type AwsOperation, awsOperations } from "./operations.ts";

const routed: ReadonlySet<string> = new Set(routes.map(({ operation }) => operation));

/** Whether requests for it reach an operation of this server. */
export function isRouted(name: string): name is OperationName {
  return routed.has(name);
}

/** `docs/compatibility.md`, as it must be for the operations that are there. */
export function compatibilityPage(): string {
  const all = Object.entries(awsOperations).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rows = all.map(([name, operation]) => [name, `\`${shown(operation.request)}\``, statusOf(name, operation)]);
  const count = (status: Status) => rows.filter((row) => row[2] === status).length;
  return `# What of S3 there is

Written by \`npm run compatibility\` from the table that the server routes requests with. A test compares the two, and asks a running
server for everything that is refused below.

- **supported**: as AWS documents it (${count("supported")} of ${rows.length} operations).
- **differs**: there, with what is said of it below the table (${count("differs")}).
- **not configured**: reading says truthfully that the bucket has no such configuration, and setting one is refused (${count("not configured")}).
- **refused**: answered with \`501 NotImplemented\`, before anything is read or written (${count("refused")}).
- **elsewhere**: not an operation of this endpoint on AWS either (${count("elsewhere")}).

## Operations

${table(["operation", "request", "status"], rows)}

${all.flatMap(([name, operation]) => remarkOf(name, operation)).join("\n")}

## Features

${features.map(({ feature, status, remark }) => `- **${feature}** (${status}). ${remark}`).join("\n")}

## Refused within an operation

${table(["feature", "for example", "answer"], refusedFeatures.map(featureRow))}
`;
}

type Status = "supported" | "differs" | "not configured" | "refused" | "elsewhere";

function statusOf(name: string, { differs, elsewhere }: AwsOperation): Status {
  if (elsewhere !== undefined) return "elsewhere";
  if (!isRouted(name)) return "refused";
  if (unset.has(operations[name].run)) return "not configured";
  return differs === undefined ? "supported" : "differs";
}

const unset: ReadonlySet<unknown> = new Set(Object.values({ ...unsetConfiguration, ...configurationsWithId }));

function remarkOf(name: string, { differs, remark, elsewhere }: AwsOperation): readonly string[] {
  if (elsewhere !== undefined) return [`- **${name}** is sent to ${elsewhere}.`];
  const text = isRouted(name) ? (differs ?? remark) : undefined;
  return text === undefined ? [] : [`- **${name}**: ${text}`];
}

function featureRow({ feature, request, headers, status, code }: RefusedFeature): readonly string[] {
  const sent = Object.entries(headers).map(([name, value]) => `\`${name}: ${value}\``);
  const example = [`\`${shown(request)}\``, ...sent].join(" with ");
  return [feature, example, `\`${status} ${code}\``];
}

/** `PUT /b/k x-amz-copy-source` for people. */
function shown(request: string): string {
  const [method, target = "", header] = request.split(" ");
  const address = target.replace(/^\/b(\/k)?(?=\?|$)/, (_, key) => (key === undefined ? "/BUCKET" : "/BUCKET/KEY"));
  return `${method} ${address}${header === undefined ? "" : `, ${header}`}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
