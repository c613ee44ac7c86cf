// The few calls the demo and the end-to-end tests make to a hub, with the replies checked against proto's schemas.
import { Agent, CreatedToken, EnrolmentToken, parser } from "@tidemark/proto";
import type { TSchema, Static } from "typebox";

export interface HubClient {
  readonly url: string;
  /** Throws when the hub answers with anything but success; the message holds its answer. */
  call<S extends TSchema>(
    method: string,
    path: string,
    reply: S,
    body?: unknown,
  ): Promise<Static<S>>;
  /** Whether the token still opens the hub. */
  accepted(): Promise<boolean>;
}

const timeoutMs = 15_000;

export function hubClient(url: string, token: string): HubClient {
  const ask = (method: string, path: string, body?: unknown) =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  return {
    url,
    async call(method, path, reply, body) {
      const response = await ask(method, path, body);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return parser(reply, `answer to ${path}`)(text === "" ? null : JSON.parse(text));
    },
    async accepted() {
      const response = await ask("GET", "/session");
      await response.body?.cancel();
      return response.ok;
    },
  };
}

export const newEnrolmentToken = (hub: HubClient, labels: Record<string, string>) =>
  hub.call("POST", "/enrolment-tokens", EnrolmentToken, { labels, ttlSeconds: 600 });

export const newAdminToken = (hub: HubClient, name: string) =>
  hub.call("POST", "/tokens", CreatedToken, { name, role: "admin", expiresInDays: null });

export const agentOf = (hub: HubClient, id: string) => hub.call("GET", `/agents/${id}`, Agent);
