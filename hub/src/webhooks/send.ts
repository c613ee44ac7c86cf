// One attempt to deliver: a signed POST whose answer counts by its status alone. Redirects are not followed, since where they lead
// nobody has entered.
import { createHmac } from "node:crypto";
import type { WebhookPayload } from "@tidemark/proto";
import type { StoredWebhook } from "../state/webhooks.ts";
import { hubVersion } from "../version.ts";

/** `said`: in a few words, without anything of the address or the answer's body. */
export type Attempt =
  | { readonly kind: "delivered"; readonly said: string }
  /** Another attempt may get through. */
  | { readonly kind: "failed"; readonly said: string }
  /** No other attempt would. */
  | { readonly kind: "refused"; readonly said: string };

export async function send(
  { url, secret }: Pick<StoredWebhook, "url" | "secret">,
  payload: WebhookPayload,
  options: { readonly timeoutMs: number; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<Attempt> {
  const body = JSON.stringify(payload);
  const { address, headers } = addressOf(url);
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await fetch(address, {
      method: "POST",
      body,
      redirect: "manual",
      signal: AbortSignal.any([timeout, options.signal]),
      headers: {
        ...headers,
        "content-type": "application/json",
        "user-agent": `tidemark/${hubVersion}`,
        "tidemark-event": payload.event,
        "tidemark-delivery": payload.id,
        "tidemark-signature": signature(secret, body, options.nowMs),
      },
    });
    // Whatever it says is not read: it may never end.
    await response.body?.cancel();
    return judged(response.status);
  } catch (cause) {
    if (timeout.aborted) return { kind: "failed", said: `no answer in ${options.timeoutMs} ms` };
    return { kind: "failed", said: networkFault(cause) };
  }
}

/** `t=<Unix seconds>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`: who receives it refuses what is old, so that it cannot be replayed. */
export function signature(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1_000);
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
}

/** A user and password in the address, which fetch would refuse, as a header. */
function addressOf(text: string): { address: string; headers: Record<string, string> } {
  const url = new URL(text);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (username === "" && password === "") return { address: url.href, headers: {} };
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = `Basic ${Buffer.from(user).toString("base64")}`;
  return { address: url.href, headers: { authorization } };
}

function judged(status: number): Attempt {
  if (status >= 200 && status < 300) return { kind: "delivered", said: `${status}` };
  if (status >= 300 && status < 400)
    return { kind: "refused", said: `${status}: redirects are not followed` };
  if (status === 408 || status === 429 || status >= 500)
    return { kind: "failed", said: `${status}` };
  return { kind: "refused", said: `${status}` };
}

/** The system's code for it: a message may hold the address. */
function networkFault(cause: unknown): string {
  const inner = cause instanceof Error ? cause.cause : undefined;
  const code = inner instanceof Error && "code" in inner ? inner.code : undefined;
  return typeof code === "string" ? `not reached: ${code}` : "not reached";
}
