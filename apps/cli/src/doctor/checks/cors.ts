import { createHash } from "node:crypto";
import { type Check, type Finding, fail, ok, skipped } from "../check.ts";
import { type Exam, pathOf } from "../exam.ts";
import { describeAnswer } from "../refused.ts";
import type { Answer } from "../send.ts";

const exampleOrigin = "https://doctor.example";

/** What a browser asks before a page may upload. */
export const cors: Check = {
  name: "cors",
  title: "preflights of browsers",
  needs: ["permissions"],
  async run(exam) {
    const { work, origin } = exam;
    if (work === undefined) return skipped("There is no bucket to ask about.");
    if (work.isOwn) return await withRule(exam, origin ?? exampleOrigin);
    if (origin === undefined)
      return skipped(`Name the origin of a page with --origin, and what ${work.bucket} says is asked.`);
    return judge(await preflight(exam, origin), origin, `Allow it: stave buckets cors set ${work.bucket}.`);
  },
};

/** The bucket is one for the checks: a rule shows whether preflights get through at all. */
async function withRule(exam: Exam, origin: string): Promise<Finding> {
  const rule = `<CORSConfiguration><CORSRule><AllowedOrigin>${origin}</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader></CORSRule></CORSConfiguration>`;
  const body = Buffer.from(rule);
  const set = await exam.call({
    method: "PUT",
    path: `/${exam.work?.bucket}?cors=`,
    body,
    headers: { "content-md5": createHash("md5").update(body).digest("base64") },
  });
  if (set.status >= 300) return skipped(`No rule could be set to ask about (${describeAnswer(set)}).`);
  return judge(
    await preflight(exam, origin),
    origin,
    "The bucket allows it: let the proxy pass on OPTIONS, and neither answer it nor add headers of CORS itself.",
  );
}

function preflight(exam: Exam, origin: string): Promise<Answer> {
  return exam.ask({
    method: "OPTIONS",
    path: pathOf(exam, `${exam.prefix}cors`),
    headers: {
      origin,
      "access-control-request-method": "PUT",
      "access-control-request-headers": "content-type,x-amz-meta-doctor",
    },
  });
}

function judge(answer: Answer, origin: string, cure: string): Finding {
  const allowed = answer.headers["access-control-allow-origin"];
  if (allowed?.includes(",")) {
    return fail(
      `Access-Control-Allow-Origin comes twice (${allowed}): browsers refuse that.`,
      "Let only the server say it: remove the header from the proxy (nginx: add_header Access-Control-…).",
    );
  }
  if (answer.status >= 300) return fail(`The preflight of ${origin} is refused: ${describeAnswer(answer)}.`, cure);
  if (allowed !== "*" && allowed !== origin) {
    return fail(`The preflight of ${origin} is answered without it: "${allowed ?? ""}".`, cure);
  }
  return ok(`A page of ${origin} may upload.`);
}
