import {
  type LifecycleConfiguration,
  type LifecycleFilter,
  type LifecycleRule,
  parseLifecycleConfiguration,
  type Tag,
} from "@stave/s3-xml";

/** One enabled rule, in the form that the planner works with. */
export type Rule = {
  readonly id: string;
  /** Empty for all keys. */
  readonly prefix: string;
  /** All of them must be there. */
  readonly tags: readonly Tag[];
  /** Exclusive, as the S3 elements are. */
  readonly largerThanBytes: number;
  readonly smallerThanBytes: number;
  readonly expiration: LifecycleRule["expiration"];
  readonly noncurrent: LifecycleRule["noncurrentVersionExpiration"];
  readonly abortAfterDays: number | undefined;
};

/** The rules of a bucket that are enabled, in their order. */
export type LifecycleRules = {
  readonly rules: readonly Rule[];
  /** Below these are all keys whose versions a rule could be about. None lies below another. */
  readonly versionPrefixes: readonly string[];
  /** The same for unfinished uploads. */
  readonly uploadPrefixes: readonly string[];
};

/** What a rule looks at. A delete marker has no bytes and no tags. */
export type Subject = {
  readonly key: string;
  readonly sizeBytes: number;
  readonly tags: Readonly<Record<string, string>>;
};

/** A document as PutBucketLifecycleConfiguration has checked it. */
export function parseLifecycleRules(document: Uint8Array): LifecycleRules {
  return compileLifecycleRules(parseLifecycleConfiguration(document));
}

export function compileLifecycleRules(configuration: LifecycleConfiguration): LifecycleRules {
  const rules = configuration.rules.filter(({ status }) => status === "Enabled").map(compileRule);
  const prefixesOf = (isConcerned: (rule: Rule) => boolean) =>
    outermost(rules.filter(isConcerned).map(({ prefix }) => prefix));
  return {
    rules,
    versionPrefixes: prefixesOf(({ expiration, noncurrent }) => expiration !== undefined || noncurrent !== undefined),
    uploadPrefixes: prefixesOf(({ abortAfterDays }) => abortAfterDays !== undefined),
  };
}

/** Whether a rule is about an object of this key, size and tags. */
export function isAbout(rule: Rule, { key, sizeBytes, tags }: Subject): boolean {
  return (
    key.startsWith(rule.prefix) &&
    sizeBytes > rule.largerThanBytes &&
    sizeBytes < rule.smallerThanBytes &&
    rule.tags.every((tag) => Object.hasOwn(tags, tag.key) && tags[tag.key] === tag.value)
  );
}

/** What of a filter a rule is about, whichever way it is written. */
export function conditionsOf({ filter = {}, prefix }: Pick<LifecycleRule, "filter" | "prefix">) {
  const { and, tag, ...alone }: LifecycleFilter = filter;
  return and ?? { ...alone, prefix: alone.prefix ?? prefix, tags: tag === undefined ? [] : [tag] };
}

function compileRule(rule: LifecycleRule): Rule {
  const { prefix = "", tags, objectSizeGreaterThan = -1, objectSizeLessThan = Infinity } = conditionsOf(rule);
  return {
    id: rule.id ?? "",
    prefix,
    tags,
    largerThanBytes: objectSizeGreaterThan,
    smallerThanBytes: objectSizeLessThan,
    expiration: rule.expiration,
    noncurrent: rule.noncurrentVersionExpiration,
    abortAfterDays: rule.abortIncompleteMultipartUpload?.daysAfterInitiation,
  };
}

/** Without those that lie below another one, so that no key is walked twice. */
function outermost(prefixes: readonly string[]): readonly string[] {
  const kept: string[] = [];
  // A prefix sorts before what lies below it, and nothing else comes between.
  for (const prefix of prefixes.toSorted()) {
    const last = kept.at(-1);
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}
