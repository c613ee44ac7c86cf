// Listening on an address that somebody configured: what can be wrong with it is told with what to do.
import { CommandFailed } from "./errors.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The settings' names, as they are typed. */
export interface ListenSettings {
  readonly host: string;
  readonly port: string;
}

/** Waits for `listen`. Throws CommandFailed where the address is taken, reserved or not this machine's. */
export async function listenAt(
  listen: PromiseLike<unknown>,
  address: ListenAddress,
  settings: ListenSettings,
): Promise<void> {
  try {
    await listen;
  } catch (cause) {
    const why = reasonOf(cause, settings);
    if (why === undefined) throw cause;
    throw new CommandFailed(`cannot listen on ${address.host}, port ${address.port}: ${why}`, {
      cause,
    });
  }
}

function reasonOf(cause: unknown, { host, port }: ListenSettings): string | undefined {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  switch (cause.code) {
    case "EADDRINUSE":
      return `another program uses it; stop that, or choose another port with ${port}`;
    case "EACCES":
      return `this user may not use the port; choose one above 1023 with ${port}`;
    case "EADDRNOTAVAIL":
      return `this machine does not have the address; choose one of its own with ${host}`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name has no address; choose another with ${host}`;
    default:
      return undefined;
  }
}
