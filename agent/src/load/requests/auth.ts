// The Authorization header: basic (RFC 7617), bearer (RFC 6750), and OAuth 1.0 with the PLAINTEXT signature (RFC 5849 3.4.4)
// as MAAS wants it: no consumer secret, a nonce that never comes again.
import { randomUUID } from "node:crypto";
import type { LoadPlan } from "@tidemark/proto";
import { PlanRejected } from "../drivers/driver.ts";
import { type Rendering, requireFit, secretNamed } from "./rendering.ts";

/** No header without auth. Throws PlanRejected for a secret that is missing or of the wrong form, never showing it. */
export function openAuth(
  auth: LoadPlan["auth"],
  secrets: Readonly<Record<string, string>>,
): { readonly name: string; readonly value: Rendering }[] {
  if (auth === undefined) return [];
  const held = (name: string) => {
    const value = secretNamed(secrets, name);
    requireFit(value, "header", () => `secret ${name}`);
    return value;
  };
  switch (auth.kind) {
    case "basic":
      return [authorization(basicCredentials(auth.username, held(auth.passwordSecret)))];
    case "bearer":
      return [authorization(`Bearer ${held(auth.tokenSecret)}`)];
    case "oauth1":
      return [authorization(oauth1(held(auth.keySecret), auth.keySecret))];
  }
}

/** What follows the header's name; UTF-8 before base64. */
export function basicCredentials(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function oauth1(key: string, secretName: string): Rendering {
  const [consumer, token, secret, ...surplus] = key.split(":");
  if (!consumer || !token || !secret || surplus.length > 0)
    throw new PlanRejected(`secret ${secretName}: an API key is consumer:token:secret`);
  const constant = [
    'OAuth oauth_version="1.0"',
    'oauth_signature_method="PLAINTEXT"',
    `oauth_consumer_key="${percentEncoded(consumer)}"`,
    `oauth_token="${percentEncoded(token)}"`,
    // The consumer's secret, empty, and the token's, joined by & and encoded once more as a header's parameter.
    `oauth_signature="${percentEncoded(`&${percentEncoded(secret)}`)}"`,
  ].join(", ");
  return () => {
    const nonce = randomUUID().replaceAll("-", "");
    const timestamp = Math.floor(Date.now() / 1_000);
    return `${constant}, oauth_nonce="${nonce}", oauth_timestamp="${timestamp}"`;
  };
}

function authorization(value: Rendering): { readonly name: string; readonly value: Rendering } {
  return { name: "Authorization", value };
}

/** RFC 5849 3.6: all but the unreserved characters. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
