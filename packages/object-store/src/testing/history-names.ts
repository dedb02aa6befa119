import type { Upload, UploadAddress } from "../object-store.ts";

/** What a store has shown so far, by number: the same numbers mean the same things in two stores. */
export interface Names {
  /** True when both stores live in the same time: versions of different keys then have the same order in both. */
  readonly sharesClock: boolean;
  /** An answer with its ids replaced by the order in which they turned up. */
  name(answer: unknown): unknown;
  /** Of a version, if any has turned up. */
  versionId(n: number): string;
  /** One of the last few: older ones have mostly ended. */
  upload(n: number): UploadAddress;
}

const recentUploads = 4;
const idField = /versionId|uploadId|IdMarker/i;

export function createNames({ sharesClock }: { readonly sharesClock: boolean }): Names {
  const ids = new Map<string, number>();
  const versionIds: string[] = [];
  const uploads = new Map<string, UploadAddress>();

  const nameId = (field: string, id: string): string => {
    const known = ids.get(id) ?? ids.size;
    if (known === ids.size && /versionId/i.test(field)) versionIds.push(id);
    ids.set(id, known);
    return `#${known}`;
  };

  const remember = ({ bucket, key, uploadId }: Upload): void => {
    if (!uploads.has(uploadId)) uploads.set(uploadId, { bucket, key, uploadId });
  };

  const name = (answer: unknown): unknown => {
    if (Array.isArray(answer)) return answer.map(name);
    if (answer instanceof Date) return sharesClock ? answer : "a time";
    if (typeof answer !== "object" || answer === null) return answer;
    if ("uploadId" in answer && "initiatedAt" in answer) remember(answer as Upload);
    return Object.fromEntries(
      Object.entries(answer).map(([field, value]) => [
        field,
        typeof value === "string" && value !== "null" && idField.test(field) ? nameId(field, value) : name(value),
      ]),
    );
  };

  return {
    sharesClock,
    name,
    versionId: (n) => (n % 5 === 0 ? "null" : (versionIds[n % versionIds.length] ?? "null")),
    upload(n) {
      const recent = [...uploads.values()].slice(-recentUploads);
      return recent[n % Math.max(1, recent.length)] ?? { bucket: "history", key: "a", uploadId: "none" };
    },
  };
}
