// What the configuration says of the sharing.
import type { SharingLock } from "@tidemark/proto";

export interface SharingSettings {
  /** What keeps everything from leaving, whatever is agreed to; null when nothing does. */
  readonly lock: SharingLock | null;
  /** Without it nothing is sent. */
  readonly receiver: string | undefined;
  /** Ed25519, base64url: signs the receiver's receipts. */
  readonly receiverKey: string | undefined;
  /** Requests go here instead, with the same path. */
  readonly relay: string | undefined;
}
