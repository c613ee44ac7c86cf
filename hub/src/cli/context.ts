// What every command gets: the environment, a way to print, and a connection to the hub when it needs one.
import type { Command } from "commander";
import type { HubClient } from "./client.ts";

export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prints `text` and a line break. */
  readonly print: (text: string) => void;
  readonly connect: () => HubClient;
}

/** Adds its commands to the program. */
export type CommandGroup = (program: Command, context: CliContext) => void;
