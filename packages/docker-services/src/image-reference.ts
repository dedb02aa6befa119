import { DockerServicesError } from "./docker-services-error.ts";

// The grammar: https://pkg.go.dev/github.com/distribution/reference

/** A name of an image, taken apart. */
export interface ImageReference {
  /** With the registry: `registry.example.com:5000/rustfs/rustfs`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

const domain =
  "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\\d{1,5})?";
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const shape = new RegExp(
  `^((?:${domain}/)?${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);

/** Throws `ImageInvalid`. Without tag and digest it is the tag `latest`, as everywhere with Docker. */
export function parseImageReference(text: string): ImageReference {
  // Bounded before the expression sees it.
  const match = text.length <= 512 ? shape.exec(text) : null;
  const [, repository, tag, digest] = match ?? [];
  if (repository === undefined) {
    const message = `Expected an image such as rustfs/rustfs:1.0.0, got ${JSON.stringify(text.slice(0, 100))}.`;
    throw new DockerServicesError("ImageInvalid", message);
  }
  if (tag === undefined && digest === undefined) return { repository, tag: "latest" };
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** As it is pulled: by digest where there is one. */
export function formatImageReference({ repository, tag, digest }: ImageReference): string {
  return `${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}
