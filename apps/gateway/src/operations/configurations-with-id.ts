import { type UnsetConfiguration, writeUnsetConfiguration } from "@stave/s3-xml";
import type { Operation } from "./operation.ts";
import { absentConfiguration } from "./unset-configuration.ts";

/**
 * Answers to reading what a bucket may have several of, each with an id: there are none, and none can be set. Terraform
 * lists them of every bucket.
 */
export const configurationsWithId = {
  GetBucketAnalyticsConfiguration: noSuchId(),
  GetBucketIntelligentTieringConfiguration: noSuchId(),
  GetBucketInventoryConfiguration: noSuchId(),
  GetBucketMetricsConfiguration: noSuchId(),
  ListBucketAnalyticsConfigurations: emptyList("ListBucketAnalyticsConfigurationResult"),
  ListBucketIntelligentTieringConfigurations: emptyList("ListBucketIntelligentTieringConfigurationsOutput"),
  ListBucketInventoryConfigurations: emptyList("ListInventoryConfigurationsResult"),
  ListBucketMetricsConfigurations: emptyList("ListMetricsConfigurationsResult"),
} as const;

function noSuchId(): Operation {
  return absentConfiguration("NoSuchConfiguration", "The specified configuration does not exist.");
}

function emptyList(root: UnsetConfiguration): Operation {
  return async () => ({ status: 200, xml: writeUnsetConfiguration(root) });
}
