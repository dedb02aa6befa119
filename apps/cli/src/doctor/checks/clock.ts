import { type Check, fail, ok, skipped, warn } from "../check.ts";

const warnSeconds = 60;
/** Signatures with a time further off are refused: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-troubleshooting.html */
const failSeconds = 15 * 60;

export const clock: Check = {
  name: "clock",
  title: "the clocks",
  needs: ["reachable"],
  async run(exam) {
    const before = exam.now().getTime();
    const { headers } = await exam.ask({ method: "GET", path: "/" });
    const middle = (before + exam.now().getTime()) / 2;
    const theirs = Date.parse(headers.date ?? "");
    if (Number.isNaN(theirs)) return skipped("The server does not say what time it is.");
    const seconds = Math.round((middle - theirs) / 1000);
    const off = Math.abs(seconds);
    // Its seconds are whole ones.
    if (off <= 2) return ok("This machine and the server have the same time.");
    const detail = `The clock of this machine is ${off} s ${seconds > 0 ? "ahead of" : "behind"} the server's.`;
    const cure = "Set both by NTP (timedatectl set-ntp true).";
    if (off > failSeconds) return fail(`${detail} Signatures are refused from 15 minutes on.`, cure);
    return off > warnSeconds ? warn(detail, cure) : ok(detail);
  },
};
