// sign-in.tsx — the dashboard wants its token: asked for once, then kept by the browser in a cookie.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../../core/api/api.ts";
import { signIn } from "../state/session.ts";
import { Logo } from "./top-bar.tsx";

export function SignIn(): JSX.Element {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState("");
  const submit = async (): Promise<void> => {
    try {
      await signIn(token.trim());
    } catch (error) {
      const isWrong = error instanceof ApiError && error.status === 401;
      setProblem(
        isWrong
          ? "This token is not the one the dashboard was started with."
          : (error as Error).message,
      );
    }
  };
  return (
    <main class="sign-in">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Logo />
        <h1>This dashboard is protected</h1>
        <p class="soft">
          Enter the token it was started with (<code>--token</code>), or open the link it printed.
        </p>
        <label>
          <span>Token</span>
          <input
            class="input mono"
            type="password"
            autocomplete="current-password"
            autofocus
            required
            value={token}
            aria-invalid={problem !== ""}
            aria-describedby="token-problem"
            onInput={(event) => {
              setToken(event.currentTarget.value);
              setProblem("");
            }}
          />
        </label>
        <p id="token-problem" class="problem" role="alert">
          {problem}
        </p>
        <button type="submit" class="button primary">
          Open the dashboard
        </button>
      </form>
    </main>
  );
}
