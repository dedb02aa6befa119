/** Who asks. Known to the server from the proof of identity, never from what the request says of itself. */
export type Requester =
  | { readonly kind: "anonymous" }
  | {
      readonly kind: "user";
      /** What `arn:aws:iam::ACCOUNT:root` and a bare account id in a policy name. */
      readonly accountId: string;
      /** What owner fields and ACLs show. */
      readonly canonicalId: string;
      /** `arn:aws:iam::ACCOUNT:user/NAME`. */
      readonly arn: string;
    }
  | {
      readonly kind: "service";
      /** `logging.s3.amazonaws.com`. */
      readonly service: string;
    };
