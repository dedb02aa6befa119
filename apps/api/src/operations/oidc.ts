import { ControlDatabaseError, type UserRecord } from "@stave/control-database";
import type { Request } from "express";
import { type Claims, createIdentityProvider, type IdentityProvider } from "../auth/oidc/identity-provider.ts";
import { readIdentity } from "../auth/oidc/read-identity.ts";
import { readReturnPath } from "../auth/oidc/read-return-path.ts";
import { attemptCookie, beginAttempt, forgetAttempt, useAttempt } from "../auth/oidc/sign-in-attempt.ts";
import { problemOfSignIn, SignInError } from "../auth/oidc/sign-in-error.ts";
import { createSessionId, sessionCookie, sessionEnd } from "../auth/session.ts";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { Problem } from "../http/problem.ts";

type OidcHandlers = Pick<Handlers, "getSignInMethods" | "beginOidcSignIn" | "completeOidcSignIn">;

const providerTimeoutMs = 10_000;

/** Signing in with an identity provider. The session is the same as with a password. */
export function oidcOperations(context: OperationContext): OidcHandlers {
  const { config, addresses, now } = context;
  const provider = config.oidc && createIdentityProvider(config.oidc, { addresses, timeoutMs: providerTimeoutMs });
  const find = (): IdentityProvider => {
    if (provider !== undefined) return provider;
    throw new Problem("NOT_FOUND", { detail: "No identity provider is set up: see --oidc-issuer." });
  };
  /** Whoever is sent back must not lose the cookies because of a proxy that is not trusted. */
  const isSecure = ({ secure }: Request) => secure || (provider?.settings.ownUrl.startsWith("https:") ?? false);

  return {
    getSignInMethods() {
      const oidc = config.oidc && {
        kind: "oidc" as const,
        name: new URL(config.oidc.issuer).host,
        path: "/api/session/oidc",
      };
      return { status: 200, body: { data: [{ kind: "password" }, ...(oidc ? [oidc] : [])] } };
    },

    async beginOidcSignIn({ query, message, requestId }) {
      const { begin } = find();
      const attempt = beginAttempt(readReturnPath(query.return_to), now());
      try {
        const url = await begin(attempt);
        const cookie = await attemptCookie(context, attempt, isSecure(message));
        return { status: 303, headers: { location: url.href, "set-cookie": cookie } };
      } catch (error) {
        return refuse(context, error, { message, requestId });
      }
    },

    async completeOidcSignIn({ query, message, requestId }) {
      const { complete, settings } = find();
      try {
        const attempt = await useAttempt(context, message, query.state);
        const claims = await complete(message.url.replace(/^[^?]*/, ""), attempt);
        const user = await admit(context, claims, settings);
        const id = await openSession(context, user);
        const cookies = [sessionCookie({ secure: isSecure(message) }, id), forgetAttempt(isSecure(message))];
        return { status: 303, headers: { location: attempt.returnTo, "set-cookie": cookies } };
      } catch (error) {
        return refuse(context, error, { message, requestId });
      }
    },
  };
}

/** The user whom the claims are about. Whoever is proven and yet refused is in the audit log. */
async function admit(
  { database }: OperationContext,
  claims: Claims,
  settings: IdentityProvider["settings"],
): Promise<UserRecord> {
  const { iss: issuer, sub: subject } = claims;
  const { identities } = database.as("identity provider");
  try {
    const identity = readIdentity(claims, settings);
    return await identities.admit(identity).catch(refuseIdentity);
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    const details = { reason: error.code, issuer };
    await database.audit.add({ actor: "identity provider", action: "session:refuse", subject, details });
    if (error.code === "NO_ROLE") await identities.withdraw({ issuer, subject });
    throw error;
  }
}

function refuseIdentity(error: unknown): never {
  const code = error instanceof ControlDatabaseError ? error.code : undefined;
  if (code === "UserDisabled") throw new SignInError("DISABLED", "You are disabled here.", { cause: error });
  if (code === "UserExists") {
    throw new SignInError("EMAIL_TAKEN", "Another user has your e-mail address.", { cause: error });
  }
  throw error;
}

/** What the browser gets to hold. */
async function openSession({ database, now }: OperationContext, user: UserRecord): Promise<string> {
  const { id, idHash } = createSessionId();
  const createdAt = now();
  const session = { idHash, userId: user.id, passwordHash: undefined, createdAt };
  const { sessions } = database.as(`user:${user.email}`);
  const isOpen = await sessions.create({ ...session, expiresAt: sessionEnd(createdAt, createdAt) });
  if (!isOpen) throw new SignInError("DISABLED", "You are disabled here.");
  return id;
}

/** A browser goes back to the page that it came from, which says what happened; a program gets a problem document. */
function refuse(
  { logger }: OperationContext,
  error: unknown,
  { message, requestId }: { readonly message: Request; readonly requestId: string },
) {
  if (!(error instanceof SignInError)) throw error;
  const { code } = error;
  logger.warn({ requestId, address: message.ip, code, err: error.cause ?? error }, "somebody could not sign in");
  if (message.accepts(["application/json", "text/html"]) === "text/html") {
    return { status: 303, headers: { location: `/?signInError=${code}` } } as const;
  }
  throw new Problem(problemOfSignIn[code], { detail: error.message, cause: error });
}
