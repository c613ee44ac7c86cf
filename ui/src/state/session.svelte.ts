// Who is signed in. Undefined while the first answer is awaited, null when nobody is; the shell shows the sign-in page
// over whatever URL is open, so that signing in again returns to it.
import type { Role, Session } from "@tidemark/proto";
import { onSessionEnded } from "../api/client.ts";
import { ApiFailure } from "../api/errors.ts";
import { readSession, signOut } from "../api/hub.ts";

let current = $state.raw<Session | null | undefined>(undefined);
let ended = $state(false);
let failure = $state.raw<ApiFailure | undefined>(undefined);

export const session = {
  get current(): Session | null | undefined {
    return current;
  },
  /** True when a session was there and ended by itself. */
  get ended(): boolean {
    return ended;
  },
  /** Why it is not known whether anybody is signed in. */
  get failure(): ApiFailure | undefined {
    return failure;
  },
};

export const mayOperate = (role: Role | undefined) => role === "operator" || role === "admin";

export function beginSession(next: Session): void {
  current = next;
  ended = false;
}

export async function loadSession(): Promise<void> {
  failure = undefined;
  try {
    current = await readSession(AbortSignal.timeout(10_000));
  } catch (cause) {
    if (cause instanceof ApiFailure && cause.code === "not-signed-in") current = null;
    else
      failure =
        cause instanceof ApiFailure
          ? cause
          : new ApiFailure("unreachable", "The hub does not answer.", { cause });
  }
}

export async function endSession(): Promise<void> {
  await signOut();
  current = null;
  ended = false;
}

onSessionEnded(() => {
  ended = current !== undefined && current !== null;
  current = null;
});
