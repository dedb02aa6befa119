import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call } from "../../api/call.ts";
import { sessionQuery } from "../../api/session.ts";
import { FrontPage } from "../../layout/front-page.tsx";
import { Button, buttonClasses } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { ProblemCard } from "../../ui/problem-card.tsx";

const route = getRouteApi("/sign-in");

/** Of a sign-in with an identity provider, by the code that the api sends the browser back with. */
const whyRefused: Readonly<Record<string, string>> = {
  CONFLICT: "Somebody else has your e-mail address here. An admin decides whose it is.",
  PERMISSION_DENIED: "The identity provider knows you, but you have no role here. Ask an admin for one.",
  UNAVAILABLE: "The identity provider does not answer. Try again later, or sign in with a password.",
};

export function SignInPage() {
  const { from, signInError } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const methods = useQuery({
    queryKey: ["session", "methods"],
    queryFn: async ({ signal }) => (await call("get /api/session/methods", { signal })).body.data,
  });
  const provider = methods.data?.find((method) => method.kind === "oidc");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: async () => (await call("post /api/session", { body: { email, password } })).body.data,
    onSuccess: async (session) => {
      queries.setQueryData(sessionQuery.queryKey, session);
      router.history.push(from);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!signIn.isPending) signIn.mutate();
  };
  return (
    <FrontPage title="Sign in">
      {signInError !== undefined && signIn.isIdle && (
        <p role="alert" className="rounded-xl border border-danger bg-danger-soft p-4">
          {whyRefused[signInError] ?? "The identity provider did not sign you in."}
        </p>
      )}
      {signIn.error !== null && <ProblemCard error={signIn.error} />}
      <form onSubmit={submit} className="grid gap-4">
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={({ target }) => setPassword(target.value)}
        />
        <Button type="submit" look="primary" isBusy={signIn.isPending}>
          Sign in
        </Button>
      </form>
      {provider !== undefined && (
        <a className={buttonClasses()} href={`${provider.path}?return_to=${encodeURIComponent(from)}`}>
          Sign in with {provider.name}
        </a>
      )}
    </FrontPage>
  );
}
