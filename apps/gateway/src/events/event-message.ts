// Event message structure: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
import type { Message } from "@stave/object-store";

/** What is kept of a change until it is told. */
export type EventMessage = {
  /** With `s3:`. */
  readonly event: string;
  readonly at: string;
  readonly bucket: string;
  readonly bucketOwner: string;
  readonly key: string;
  /** Absent on a bucket that never had versioning. */
  readonly versionId?: string;
  readonly sizeBytes?: number;
  readonly etag?: string;
  /** Who asked; absent for what the server does by itself. */
  readonly account?: string;
  readonly sourceIp?: string;
  readonly requestId?: string;
  /** The notification that asked for it. */
  readonly rule: string;
};

export function writeEventMessage(message: EventMessage): string {
  return JSON.stringify(message);
}

/** The body that a target gets. The sequencer orders the events of one key, as text. */
export function writeEventBody({ text, sequence }: Pick<Message, "text" | "sequence">, region: string): string {
  const { event, at, bucket, bucketOwner, key, versionId, sizeBytes, etag, account, ...rest }: EventMessage =
    JSON.parse(text);
  const record = {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: region,
    eventTime: at,
    eventName: event.slice("s3:".length),
    userIdentity: { principalId: account ?? "s3.amazonaws.com" },
    requestParameters: { sourceIPAddress: rest.sourceIp ?? "127.0.0.1" },
    responseElements: { "x-amz-request-id": rest.requestId ?? "", "x-amz-id-2": "" },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: rest.rule,
      bucket: { name: bucket, ownerIdentity: { principalId: bucketOwner }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/"),
        ...(sizeBytes !== undefined && { size: sizeBytes }),
        ...(etag !== undefined && { eTag: etag }),
        ...(versionId !== undefined && { versionId }),
        sequencer: sequence.toString(16).toUpperCase().padStart(16, "0"),
      },
    },
  };
  return JSON.stringify({ Records: [record] });
}
