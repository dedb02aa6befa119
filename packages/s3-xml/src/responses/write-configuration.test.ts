import { expect, test } from "vitest";
import { writeAccessControlPolicy } from "./write-access-control-policy.ts";
import { writeTagging } from "./write-tagging.ts";
import { writeUnsetConfiguration } from "./write-unset-configuration.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

test("writes an access control policy with typed grantees", () => {
  const owner = { id: "a1", displayName: "Ann & Co" };

  const xml = writeAccessControlPolicy({ owner, grants: [{ grantee: owner, permission: "FULL_CONTROL" }] });

  const self = "<ID>a1</ID><DisplayName>Ann &amp; Co</DisplayName>";
  expect(xml).toBe(
    `${declaration}<AccessControlPolicy ${namespace}><Owner>${self}</Owner><AccessControlList><Grant>` +
      `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${self}</Grantee>` +
      "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>",
  );
});

test("writes tags, and an empty set when there are none", () => {
  expect(writeTagging([])).toBe(`${declaration}<Tagging ${namespace}><TagSet></TagSet></Tagging>`);
  expect(writeTagging([{ key: "a<b", value: "" }])).toContain("<Tag><Key>a&lt;b</Key><Value></Value></Tag>");
});

test("writes what S3 says of configuration that was never set", () => {
  expect(writeUnsetConfiguration("BucketLoggingStatus")).toBe(
    `${declaration}<BucketLoggingStatus ${namespace}></BucketLoggingStatus>`,
  );
  expect(writeUnsetConfiguration("RequestPaymentConfiguration")).toContain("<Payer>BucketOwner</Payer>");
  expect(writeUnsetConfiguration("ListInventoryConfigurationsResult")).toContain(
    `<ListInventoryConfigurationsResult ${namespace}><IsTruncated>false</IsTruncated></ListInventoryConfigurationsResult>`,
  );
});
