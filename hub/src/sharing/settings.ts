// What the configuration says of the sharing, and whether an address and a key can be what they are said to be.
import type { SharingLock } from "@tidemark/proto";
import { isLoopback } from "../loopback.ts";

export interface SharingSettings {
  /** What keeps everything from leaving, whatever is agreed to; null when nothing does. */
  readonly lock: SharingLock | null;
  /** Without it nothing is sent. No slash at its end, nor at the relay's. */
  readonly receiver: string | undefined;
  /** Ed25519, base64url: signs the receiver's receipts. */
  readonly receiverKey: string | undefined;
  /** Requests go here instead, with the same path. */
  readonly relay: string | undefined;
}

/**
 * What is wrong with a receiver's or a relay's address, continuing a sentence that begins with its name; undefined when it can be
 * used. A password in it would be shown on the page of sharing; plain HTTP would show reports to whoever listens.
 */
export function receiverUrlFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return "must be a URL such as https://receiver.example";
  if (url.protocol === "http:" && !isLoopback(url.hostname))
    return "must begin with https://; http:// is for this very machine only (localhost, 127.0.0.1, [::1])";
  if (url.username !== "" || url.password !== "")
    return "must hold no user and no password: reports name nobody";
  if (/[?#]/.test(text)) return "must end with its path: no ? and no #";
  return undefined;
}

/** What is wrong with a receiver's public key; undefined when it can be used. */
export function receiverKeyFault(text: string): string | undefined {
  const raw = Buffer.from(text, "base64url");
  return raw.length === 32 && raw.toString("base64url") === text
    ? undefined
    : "must be an Ed25519 public key: 43 characters of A–Z, a–z, 0–9, - and _, as the receiver's maintainers publish it";
}
