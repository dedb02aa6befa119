import { type Check, type Finding, fail, ok, skipped, warn } from "../check.ts";
import { type Exam, pathOf } from "../exam.ts";
import { codeOf, describeAnswer, refused } from "../refused.ts";

/** What the key may do with the bucket. Where none is named, one is made for the other checks. */
export const permissions: Check = {
  name: "permissions",
  title: "a bucket to write to",
  needs: ["signature"],
  run: (exam) => (exam.bucket === undefined ? makeBucket(exam) : tryBucket(exam, exam.bucket)),
};

async function makeBucket(exam: Exam): Promise<Finding> {
  const bucket = exam.prefix.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  const answer = await exam.call({ method: "PUT", path: `/${bucket}` });
  if (answer.status === 200) {
    exam.work = { bucket, isOwn: true };
    return ok(`The key may make buckets: ${bucket} is for the other checks, and goes afterwards.`);
  }
  return skipped(
    `The key may not make a bucket (${describeAnswer(answer)}). Name one that it may write to with --bucket.`,
  );
}

async function tryBucket(exam: Exam, bucket: string): Promise<Finding> {
  exam.work = { bucket, isOwn: false };
  const listed = await exam.call({ method: "GET", path: `/${bucket}?list-type=2&max-keys=1` });
  if (codeOf(listed) === "NoSuchBucket") {
    exam.work = undefined;
    return fail(`There is no bucket ${bucket}.`, `Make it (stave mb s3://${bucket}), or name another one.`);
  }
  const name = `${exam.prefix}permissions`;
  const put = await exam.put({ key: name, body: Buffer.from("stave doctor") });
  if (put.status !== 200) {
    exam.work = undefined;
    return await refused(exam, put, {
      detail: `The key may not write to ${bucket}: ${describeAnswer(put)}.`,
      cure: "Use a key that may write to it, or allow this one. The checks below need it.",
    });
  }
  const got = await exam.call({ method: "GET", path: pathOf(exam, name) });
  const may = { list: listed.status === 200, write: true, read: got.status === 200 };
  const denied = Object.entries(may).flatMap(([what, isAllowed]) => (isAllowed ? [] : [what]));
  if (denied.length === 0) return ok(`The key may list, read and write ${bucket}.`);
  const finding = warn(
    `The key may not ${denied.join(" and ")} in ${bucket}.`,
    "That may be as it should; the checks below may fail for it.",
  );
  return may.read ? finding : { ...finding, status: "fail" };
}
