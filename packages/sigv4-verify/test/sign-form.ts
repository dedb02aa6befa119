import { createHmac } from "node:crypto";
import type { PostForm } from "../src/index.ts";
import { accessKeyId, secretAccessKey } from "./sign.ts";

export type FormPlan = {
  readonly fields?: Readonly<Record<string, string>>;
  readonly conditions?: readonly unknown[];
  readonly expiration?: unknown;
  /** The document as it is, instead of one made from conditions and expiration. */
  readonly document?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly scope?: string;
  readonly sessionToken?: string;
};

/** A signed form for the bucket photos, made by hand; its policy covers its fields unless the plan has conditions. */
export function signForm(plan: FormPlan = {}): PostForm {
  const { scope = "20130524/us-east-1/s3/aws4_request", expiration = "2013-05-24T01:00:00Z", sessionToken } = plan;
  const own = { key: "uploads/a.jpg", acl: "private", ...plan.fields };
  const signing = {
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": `${plan.accessKeyId ?? accessKeyId}/${scope}`,
    "x-amz-date": "20130524T000000Z",
    ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
  };
  const given = plan.conditions ?? [
    { bucket: "photos" },
    ...Object.entries(own).map(([name, value]) => ({ [name]: value })),
  ];
  const conditions = [...given, ...Object.entries(signing).map(([name, value]) => ({ [name]: value }))];
  const policy = Buffer.from(plan.document ?? JSON.stringify({ expiration, conditions })).toString("base64");
  const start = Buffer.from(`AWS4${plan.secretAccessKey ?? secretAccessKey}`);
  const key = scope.split("/").reduce((secret, part) => createHmac("sha256", secret).update(part).digest(), start);
  const signature = createHmac("sha256", key).update(policy).digest("hex");
  return {
    request: { method: "POST", target: "/photos", rawHeaders: ["Host", "s3.example.com"] },
    bucket: "photos",
    fields: Object.entries({ ...own, ...signing, policy, "x-amz-signature": signature }),
  };
}

/** The form with one field replaced or added, or removed if there is no value. */
export function setField(form: PostForm, name: string, value: string | undefined): PostForm {
  const kept = form.fields.filter(([other]) => other !== name);
  return { ...form, fields: value === undefined ? kept : [...kept, [name, value]] };
}
