// One attempt to deliver: a signed POST whose answer counts by its status alone. Redirects are not followed, since where they lead
// nobody has entered.
import { createHmac } from "node:crypto";
import http, { type RequestOptions } from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import type { WebhookPayload } from "@tidemark/proto";
import type { StoredWebhook } from "../state/webhooks.ts";
import { hubVersion } from "../version.ts";
import { AddressForbidden, forbiddenText, isForbiddenHost } from "./addresses.ts";

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
  options: {
    readonly timeoutMs: number;
    readonly nowMs: number;
    readonly signal: AbortSignal;
    readonly lookup: LookupFunction;
  },
): Promise<Attempt> {
  const body = JSON.stringify(payload);
  const address = new URL(url);
  // Stored before such addresses were refused.
  if (isForbiddenHost(address.hostname)) return { kind: "refused", said: forbiddenText };
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const status = await posted(address, body, {
      lookup: options.lookup,
      signal: AbortSignal.any([timeout, options.signal]),
      headers: {
        "content-type": "application/json",
        "user-agent": `tidemark/${hubVersion}`,
        "tidemark-event": payload.event,
        "tidemark-delivery": payload.id,
        "tidemark-signature": signature(secret, body, options.nowMs),
      },
    });
    return judged(status);
  } catch (cause) {
    if (timeout.aborted) return { kind: "failed", said: `no answer in ${options.timeoutMs} ms` };
    if (cause instanceof AddressForbidden) return { kind: "refused", said: forbiddenText };
    return { kind: "failed", said: networkFault(cause) };
  }
}

/** Resolves to the status; whatever is said besides is not read: it may never end. A user and password in the address become a header. */
async function posted(address: URL, body: string, options: RequestOptions): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const { request } = address.protocol === "https:" ? https : http;
  const sent = request(address, { ...options, method: "POST", agent: false });
  sent.on("error", reject);
  sent.on("response", (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  sent.end(body);
  return await promise;
}

/** `t=<Unix seconds>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`: who receives it refuses what is old, so that it cannot be replayed. */
export function signature(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1_000);
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
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
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? `not reached: ${code}` : "not reached";
}
