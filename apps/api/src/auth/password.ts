// Argon2id, RFC 9106: https://www.rfc-editor.org/rfc/rfc9106, kept as PHC strings:
// https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { Problem } from "../http/problem.ts";

/** The second of the settings that https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html calls equal. */
const present: Parameters = { memoryKib: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const tagBytes = 32;
const shape = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Each hash takes 19 MiB and a core for a moment: who sends many passwords at once must not get all of the machine. */
const atOnce = 2;
const maxWaiting = 64;

type Parameters = { readonly memoryKib: number; readonly passes: number; readonly parallelism: number };

export type Passwords = {
  hash(password: string): Promise<string>;
  /** Without a hash it takes as long, and is false. */
  verify(password: string, passwordHash: string | undefined): Promise<boolean>;
  /** Made with other parameters than a new one would be. */
  isOutdated(passwordHash: string): boolean;
};

const derive = promisify(argon2);

export function createPasswords(): Passwords {
  const run = createQueue();
  const compute = (password: string, nonce: Buffer, { memoryKib, passes, parallelism }: Parameters) =>
    run(() =>
      derive("argon2id", { message: password, nonce, parallelism, tagLength: tagBytes, memory: memoryKib, passes }),
    );
  return {
    async hash(password) {
      const salt = randomBytes(saltBytes);
      const tag = await compute(password, salt, present);
      const { memoryKib, passes, parallelism } = present;
      return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${encode(salt)}$${encode(tag)}`;
    },
    async verify(password, passwordHash) {
      const known = passwordHash === undefined ? undefined : parse(passwordHash);
      const tag = await compute(password, known?.salt ?? randomBytes(saltBytes), known?.parameters ?? present);
      return known !== undefined && tag.length === known.tag.length && timingSafeEqual(tag, known.tag);
    },
    isOutdated(passwordHash) {
      const { parameters } = parse(passwordHash);
      return JSON.stringify(parameters) !== JSON.stringify(present);
    },
  };
}

function createQueue() {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) {
        throw new Problem("UNAVAILABLE", {
          detail: "Too many people sign in at once.",
          headers: { "retry-after": "5" },
        });
      }
      await new Promise<void>((resolve) => waiting.push(resolve)); // takes over the place of who lets it in
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function parse(passwordHash: string) {
  const [, memory = "", passes = "", parallelism = "", salt = "", tag = ""] = shape.exec(passwordHash) ?? [];
  if (tag === "") throw new Error("A stored password hash is no PHC string of argon2id");
  return {
    parameters: { memoryKib: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

/** Base64 without padding, as the format wants it. */
function encode(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
