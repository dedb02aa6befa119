/** What this package writes on all that it makes; what does not carry the id of a service is never taken over or removed. */
export const labels = {
  service: "stave.service",
  engine: "stave.engine",
  /** Name of the container, also while it stands aside during an upgrade. */
  name: "stave.name",
  /** Hash of what it was made from. */
  spec: "stave.spec",
  image: "stave.image",
  apiPort: "stave.port.api",
  consolePort: "stave.port.console",
  healthPath: "stave.health.path",
  healthStatuses: "stave.health.statuses",
  /** Id of the container whose place it takes. */
  replaces: "stave.replaces",
  /** How that one was: its restart policy and whether it ran. */
  replacedPolicy: "stave.replaced.policy",
  replacedState: "stave.replaced.state",
  /** On containers that are never started: the service whose volume they hold. */
  helperOf: "stave.helper-of",
} as const;

export function labelFilter(label: string, value?: string): Readonly<Record<string, string>> {
  return { filters: JSON.stringify({ label: [value === undefined ? label : `${label}=${value}`] }) };
}
