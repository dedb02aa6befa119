import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call } from "../../api/call.ts";
import { sessionQuery, statusQuery } from "../../api/session.ts";
import { FrontPage } from "../../layout/front-page.tsx";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { ProblemCard } from "../../ui/problem-card.tsx";

const minPasswordLength = 12;

/** Makes the first admin, with the token that the first start has printed. */
export function SetupPage() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [token, setToken] = useState("");
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [isTried, setIsTried] = useState(false);
  const isShort = password.length < minPasswordLength;
  const setUp = useMutation({
    async mutationFn() {
      const headers = { authorization: `Bearer ${token.trim()}` };
      await call("post /api/setup", { body: { name, email, password }, headers });
      return (await call("post /api/session", { body: { email, password } })).body.data;
    },
    async onSuccess(session) {
      queries.setQueryData(sessionQuery.queryKey, session);
      await queries.invalidateQueries({ queryKey: statusQuery.queryKey });
      await navigate({ to: "/" });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setIsTried(true);
    if (!isShort && !setUp.isPending) setUp.mutate();
  };
  return (
    <FrontPage title="Set up Stave">
      <p className="text-muted">
        The first start has printed an administrator token where the server runs. With it you become its first admin.
      </p>
      {setUp.error !== null && <ProblemCard error={setUp.error} />}
      <form onSubmit={submit} className="grid gap-4">
        <TextField
          label="Administrator token"
          hint="It begins with stave_, and was printed once."
          type="password"
          autoComplete="off"
          required
          value={token}
          onChange={({ target }) => setToken(target.value)}
        />
        <TextField
          label="Your name"
          autoComplete="name"
          required
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
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
          hint={`At least ${minPasswordLength} characters, of any kind.`}
          error={isTried && isShort ? `It has ${password.length} characters.` : undefined}
          type="password"
          autoComplete="new-password"
          required
          value={password}
          onChange={({ target }) => setPassword(target.value)}
        />
        <Button type="submit" look="primary" isBusy={setUp.isPending}>
          Create the admin
        </Button>
      </form>
    </FrontPage>
  );
}
