export type WebsiteHosts = {
  /** Host names below which `bucket.` is the website of a bucket, and which themselves are that of the bucket of their name. */
  readonly websiteDomains?: readonly string[] | undefined;
  readonly addressing: { readonly domains: readonly string[] };
};

/** Makes what tells the bucket whose website a host stands for; undefined when it stands for the S3 API. */
export function createWebsiteHosts(hosts: WebsiteHosts): (host: string | undefined) => string | undefined {
  // Nearly all requests come with the same one, and none of them should pay for websites.
  let lastHost: string | undefined;
  let lastBucket: string | undefined;
  return (host) => {
    if (host === lastHost) return lastBucket;
    lastBucket = host === undefined ? undefined : websiteBucket(host, hosts);
    lastHost = host;
    return lastBucket;
  };
}

function websiteBucket(host: string, { websiteDomains = [], addressing }: WebsiteHosts): string | undefined {
  const name = host.replace(/:\d*$/, "").toLowerCase();
  for (const domain of websiteDomains) {
    if (name.endsWith(`.${domain}`) && name.length > domain.length + 1) return name.slice(0, -domain.length - 1);
  }
  // Only names that the operator listed: else whoever creates a bucket called like this server would take its API away.
  if (!websiteDomains.includes(name)) return undefined;
  return addressing.domains.some((domain) => name.endsWith(`.${domain}`)) ? undefined : name;
}
