import type { ObjectVersion } from "@stave/object-store";
import type { Authorization } from "./authorization.ts";
import type { AccessRefusal } from "./decide.ts";

/** A version, or a delete marker. */
export type RefusedObject = Pick<ObjectVersion, "ownerId" | "attributes">;

/** The cause of an `AccessDenied`: who said no, and what that was decided from. It is read before the request is over, or never. */
export class RefusedAccess {
  readonly refusal: AccessRefusal;
  /** Undefined for what is not about a bucket, and where the bucket was not looked at. */
  readonly authorization: Authorization | undefined;

  constructor(refusal: AccessRefusal, authorization: Authorization | undefined) {
    this.refusal = refusal;
    this.authorization = authorization;
  }
}
