import { describe, expect, test } from "vitest";
import { maxLifecycleRules, parseLifecycleConfiguration } from "./parse-lifecycle-configuration.ts";

const malformed = expect.objectContaining({ name: "XmlError", code: "MalformedXML" });
const date = new Date("2030-01-01T00:00:00Z");

describe("reads", () => {
  test.each([
    ["<Days>0</Days>", { days: 0 }],
    ["<Days>-1</Days>", { days: -1 }],
    ["<Days>-0</Days>", { days: 0 }],
    ["<Days>\n 0007 </Days>", { days: 7 }],
    ["<Days>999999999999999</Days>", { days: 999_999_999_999_999 }],
    ["<Date>2030-01-01</Date>", { date }],
    ["<Date> 2030-01-01T00:00:00Z </Date>", { date }],
    ["<Date>2030-01-01T01:30:00.000000999+01:30</Date>", { date }],
    ["<Date>2029-12-31T23:59:00-00:01</Date>", { date }],
    ["<Date>2028-02-29</Date>", { date: new Date("2028-02-29T00:00:00Z") }],
    ["<ExpiredObjectDeleteMarker>False</ExpiredObjectDeleteMarker>", { expiredObjectDeleteMarker: false }],
  ])("the expiration %s, whose range is the caller's to check", (content, expiration) => {
    expect(parse(lifecycle(`<Expiration>${content}</Expiration>`))).toMatchObject({
      rules: [{ expiration }],
    });
  });

  test("an empty filter, which is about all objects, as other than a missing one", () => {
    expect(parse(lifecycle(""))).toMatchObject({ rules: [{ filter: {} }] });
  });

  test("as many lifecycle rules as a bucket may have, each of a kilobyte", () => {
    const rule = `<Rule><ID>${"i".repeat(255)}</ID><Filter><Prefix>${"p".repeat(600)}</Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>`;

    const xml = `<LifecycleConfiguration>${rule.repeat(maxLifecycleRules)}</LifecycleConfiguration>`;

    expect(parse(xml)).toMatchObject({ rules: { length: maxLifecycleRules } });
  });
});

describe("refuses", () => {
  test.each([
    "",
    "<Days/>",
    "<Days>1</Days><Date>2030-01-01</Date>",
    "<Days>1</Days><Days>2</Days>",
    "<Days>1</Days><ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker>",
    "<ExpiredObjectDeleteMarker>1</ExpiredObjectDeleteMarker>",
    "<Days>+1</Days>",
    "<Days>1e3</Days>",
    "<Days>0x10</Days>",
    "<Days>１</Days>",
    "<Days>1234567890123456</Days>",
    "<Date/>",
    "<Date>tomorrow</Date>",
    "<Date>1893456000</Date>",
    "<Date>01/01/2030</Date>",
    "<Date>Tue, 01 Jan 2030 00:00:00 GMT</Date>",
    "<Date>2030-1-1</Date>",
    "<Date>2030-01-01T00:00:00</Date>",
    "<Date>2030-01-01 00:00:00Z</Date>",
    "<Date>2030-01-01T00:00Z</Date>",
    "<Date>2030-01-01T00:00:00z</Date>",
    "<Date>2030-01-01T24:00:00Z</Date>",
    "<Date>2030-01-01T00:00:60Z</Date>",
    "<Date>2030-01-01T00:00:00+24:00</Date>",
    "<Date>2030-01-01T00:00:00+0100</Date>",
    "<Date>2030-01-01T00:00:00.Z</Date>",
    "<Date>2030-13-01</Date>",
    "<Date>2030-02-29</Date>",
    "<Date>2030-00-10</Date>",
    "<Date>+02030-01-01</Date>",
    "<Date>9999-12-31T23:59:59-00:01</Date>",
    "<Date>0000-01-01T00:00:00+00:01</Date>",
  ])("the expiration %j", (content) => {
    expect(() => parse(lifecycle(`<Expiration>${content}</Expiration>`))).toThrow(malformed);
  });

  test.each([
    "<NoncurrentVersionExpiration/>",
    "<NoncurrentVersionExpiration><NoncurrentDays/></NoncurrentVersionExpiration>",
    "<AbortIncompleteMultipartUpload/>",
    "<AbortIncompleteMultipartUpload><DaysAfterInitiation>a</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
    "<Transition><Days>1</Days></Transition>",
    "<Transition><StorageClass>GLACIER</StorageClass></Transition>",
    "<Transition><Days>1</Days><Date>2030-01-01</Date><StorageClass>GLACIER</StorageClass></Transition>",
    "<NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionTransition>",
    "<Expiration><Days>1</Days></Expiration><Expiration><Days>2</Days></Expiration>",
  ])("the lifecycle action %s", (content) => {
    expect(() => parse(lifecycle(content))).toThrow(malformed);
  });
});

function parse(xml: string): ReturnType<typeof parseLifecycleConfiguration> {
  return parseLifecycleConfiguration(Buffer.from(xml));
}

function lifecycle(action: string): string {
  const rule = `<Rule><Filter/><Status>Enabled</Status>${action}</Rule>`;
  return `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`;
}
