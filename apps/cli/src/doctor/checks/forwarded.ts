import { type Check, ok, skipped, warn } from "../check.ts";
import { pathOf } from "../exam.ts";
import { describeAnswer } from "../refused.ts";

/** The answer to a completed upload names its address as the server knows it: scheme and host are what proxies have said. */
export const forwarded: Check = {
  name: "forwarded",
  title: "what proxies say about the client",
  needs: ["permissions"],
  async run(exam) {
    const key = `${exam.prefix}forwarded`;
    const path = pathOf(exam, key);
    const begun = await exam.call({ method: "POST", path: `${path}?uploads=` });
    const id = /<UploadId>([^<]+)<\/UploadId>/.exec(begun.body.toString("utf8"))?.[1];
    if (id === undefined) return skipped(`No upload in parts could be begun (${describeAnswer(begun)}).`);
    const upload = `uploadId=${encodeURIComponent(id)}`;
    const part = await exam.call({ method: "PUT", path: `${path}?partNumber=1&${upload}`, body: Buffer.from("part") });
    const document = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
    const done = await exam.call({ method: "POST", path: `${path}?${upload}`, body: Buffer.from(document) });
    const text = done.body.toString("utf8");
    if (done.status !== 200 || !text.includes("<CompleteMultipartUploadResult")) {
      await exam.call({ method: "DELETE", path: `${path}?${upload}` });
      return warn(
        `An upload in parts could not be completed: ${describeAnswer(done)}.`,
        "Let the proxy pass on the query and ETag as they came.",
      );
    }
    exam.made.push({ key, versionId: done.headers["x-amz-version-id"] });
    return judge(exam.endpoint, /<Location>([^<]+)<\/Location>/.exec(text)?.[1]);
  },
};

function judge(endpoint: string, location: string | undefined) {
  const { protocol, host, hostname } = new URL(endpoint);
  const seen = URL.parse(location ?? "");
  if (seen === null || (seen.host !== host && !seen.hostname.endsWith(hostname))) {
    return seen === null
      ? skipped("The server does not say how it was reached.")
      : warn(
          `The server believes that clients call it ${seen.host}.`,
          "Addresses in its answers are wrong for them: let the proxy pass on Host.",
        );
  }
  if (seen.protocol === protocol) return ok(`The server knows that clients use ${seen.origin}.`);
  return warn(
    `Clients use ${protocol}//, and the server believes ${seen.protocol}//: policies with aws:SecureTransport refuse them.`,
    "Let the proxy send X-Forwarded-Proto and X-Forwarded-For, and name its address to the server (--trusted-proxies).",
  );
}
