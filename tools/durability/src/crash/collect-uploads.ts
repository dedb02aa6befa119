import type { Address } from "../ledger.ts";
import type { ActorEvent } from "./messages.ts";

export type UploadRecord = {
  readonly address: Address;
  readonly uploadId: string;
  /** Acknowledged before the cut: part number to etag. */
  readonly parts: ReadonlyMap<number, string>;
  /** `ending`: it may be there or not. */
  readonly state: "open" | "ending" | "over";
  /** Whether it may have become an object. */
  readonly isCompleting: boolean;
};

/** The uploads of a round by operation: those that were acknowledged before the cut. */
export function collectUploads(
  known: readonly ActorEvent[],
  events: readonly ActorEvent[],
): ReadonlyMap<string, UploadRecord> {
  const uploads = new Map<string, UploadRecord & { readonly parts: Map<number, string> }>();
  const change = (id: string, changes: Partial<UploadRecord>) => {
    const upload = uploads.get(id);
    if (upload !== undefined) uploads.set(id, { ...upload, ...changes, parts: upload.parts });
  };
  for (const event of known) {
    if (event.type === "upload") {
      const { address, uploadId } = event;
      uploads.set(event.id, { address, uploadId, parts: new Map(), state: "open", isCompleting: false });
    }
    if (event.type === "part") uploads.get(event.id)?.parts.set(event.partNumber, event.etag);
    if (event.type === "acknowledged" || event.type === "refused") change(event.id, { state: "over" });
  }
  for (const event of events) {
    if (event.type === "completing") change(event.id, { isCompleting: true });
    const isEnding = event.type === "completing" || event.type === "giving up";
    if (isEnding && uploads.get(event.id)?.state === "open") change(event.id, { state: "ending" });
  }
  return uploads;
}
