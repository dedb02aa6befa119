import { describe, expect, test } from "vitest";
import { writeVersioningConfiguration } from "../responses/write-versioning-configuration.ts";
import { parseCreateBucketConfiguration } from "./parse-create-bucket-configuration.ts";
import { parseVersioningConfiguration } from "./parse-versioning-configuration.ts";
import { maxConfigurationBytes } from "./read-document.ts";

const malformed = expect.objectContaining({ name: "XmlError", code: "MalformedXML" });

describe("CreateBucketConfiguration", () => {
  test.each([
    ["<LocationConstraint>eu-central-1</LocationConstraint>", { locationConstraint: "eu-central-1", otherMembers: [] }],
    ["<LocationConstraint>\n eu \n</LocationConstraint>", { locationConstraint: "eu", otherMembers: [] }],
    ["<LocationConstraint/>", { otherMembers: [] }],
    ["", { otherMembers: [] }],
    ["<Location><Type>x</Type></Location><Tags><Tag/></Tags>", { otherMembers: ["Location", "Tags"] }],
  ])("reads %s", (content, configuration) => {
    const xml = `<CreateBucketConfiguration xmlns="urn:any">${content}</CreateBucketConfiguration>`;

    expect(parseCreateBucketConfiguration(Buffer.from(xml))).toEqual(configuration);
  });

  test.each([
    "",
    "<LocationConstraint>eu</LocationConstraint>",
    "<CreateBucketConfiguration>eu</CreateBucketConfiguration>",
    "<CreateBucketConfiguration><LocationConstraint/><LocationConstraint/></CreateBucketConfiguration>",
  ])("refuses %j", (xml) => {
    expect(() => parseCreateBucketConfiguration(Buffer.from(xml))).toThrow(malformed);
  });
});

describe("CreateBucketConfiguration with tags", () => {
  test.each([
    ["", { otherMembers: [] }],
    ["<Tags/><Location/>", { otherMembers: ["Location"], tags: [] }],
    [
      "<Tags><Tag><Key> a </Key><Value/></Tag></Tags><LocationConstraint>eu</LocationConstraint>",
      { locationConstraint: "eu", otherMembers: [], tags: [{ key: " a ", value: "" }] },
    ],
  ])("reads %s", (content, configuration) => {
    const xml = `<CreateBucketConfiguration>${content}</CreateBucketConfiguration>`;

    expect(parseCreateBucketConfiguration(Buffer.from(xml), { withTags: true })).toStrictEqual(configuration);
  });

  test.each([
    "<Tags><Tag/></Tags>",
    "<Tags><Tag><Key>a</Key></Tag></Tags>",
    "<Tags><Key>a</Key></Tags>",
    "<Tags/><Tags/>",
  ])("refuses %s", (content) => {
    const xml = `<CreateBucketConfiguration>${content}</CreateBucketConfiguration>`;

    expect(() => parseCreateBucketConfiguration(Buffer.from(xml), { withTags: true })).toThrow(malformed);
  });
});

describe("VersioningConfiguration", () => {
  test.each([
    {},
    { status: "Enabled" },
    { status: "Suspended", mfaDelete: "Disabled" },
    { mfaDelete: "Enabled" },
  ] as const)("reads %j as it was written", (configuration) => {
    const xml = writeVersioningConfiguration(configuration);

    expect(parseVersioningConfiguration(Buffer.from(xml))).toEqual(configuration);
  });

  test.each(["<Status>enabled</Status>", "<Status>Off</Status>", "<Status/>", "<MfaDelete>true</MfaDelete>"])(
    "refuses %s with a code of its own",
    (content) => {
      const xml = `<VersioningConfiguration>${content}</VersioningConfiguration>`;

      expect(() => parseVersioningConfiguration(Buffer.from(xml))).toThrow(
        expect.objectContaining({ code: "IllegalVersioningConfigurationException" }),
      );
    },
  );

  test("refuses two statuses", () => {
    const xml = "<VersioningConfiguration><Status>Enabled</Status><Status>Suspended</Status></VersioningConfiguration>";

    expect(() => parseVersioningConfiguration(Buffer.from(xml))).toThrow(malformed);
  });
});

test.each([parseCreateBucketConfiguration, parseVersioningConfiguration])(
  "%o refuses one byte more than its cap",
  (parse) => {
    expect(() => parse(Buffer.alloc(maxConfigurationBytes + 1, " "))).toThrow(
      expect.objectContaining({
        code: "MaxMessageLengthExceeded",
        details: { MaxMessageLengthBytes: String(maxConfigurationBytes) },
      }),
    );
    expect(() => parse(Buffer.alloc(maxConfigurationBytes, " "))).toThrow(malformed);
  },
);
