import { createHash } from "node:crypto";

export type Identity = {
  readonly name: "owner" | "fuzz" | "nobody" | "impostor";
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

/** Who asks: the owner of what must not change, the one who may do things, and two who may not. */
export type Identities = Readonly<Record<Identity["name"], Identity>>;

/** The keys of a run. Secrets are canaries: none of them may ever be seen in an answer or a log. */
export function createIdentities(seed: number): Identities {
  const make = (name: Identity["name"]): Identity => {
    const digest = createHash("sha512").update(`${seed} ${name}`).digest("hex");
    return {
      name,
      accessKeyId: `AKIA${digest.slice(0, 16).toUpperCase().replace(/[01]/g, "Z").replace(/[89]/g, "Y")}`,
      secretAccessKey: `Canary${digest.slice(16, 50)}`,
    };
  };
  const owner = make("owner");
  const impostor = { ...make("impostor"), accessKeyId: owner.accessKeyId };
  return { owner, fuzz: make("fuzz"), nobody: make("nobody"), impostor };
}

/** What an account list of the gateway looks like. */
export function usersFileOf({ owner, fuzz, nobody }: Identities): string {
  const accounts = [owner, fuzz, nobody].map(({ name, accessKeyId, secretAccessKey }) => ({
    id: createHash("sha256").update(name).digest("hex"),
    displayName: name,
    email: `${name}@example.com`,
    accessKeyId,
    secretAccessKey,
  }));
  return JSON.stringify(accounts);
}
