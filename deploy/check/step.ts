// One thing `npm run check` looks at: a tool of ours in node_modules/.bin, or a rule of this repository.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Outcome {
  readonly passed: boolean;
  /** What to read when it failed, or what is worth a look when it passed; empty when there is nothing to say. */
  readonly output: string;
}

export interface Step {
  readonly name: string;
  run(signal: AbortSignal): Promise<Outcome>;
}

/** A step that passes when the command exits with 0; its output is shown only when it does not. */
export function commandStep(name: string, command: string, args: readonly string[]): Step {
  return {
    name,
    async run(signal) {
      const { code, stdout, stderr } = await output(command, args, signal);
      return { passed: code === 0, output: code === 0 ? "" : `${stdout}${stderr}` };
    },
  };
}

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the repository's root and collects what it prints; throws when it cannot be started or `signal` ends it. */
export function output(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, signal, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", (cause) =>
      reject(
        new Error(`${command} did not ${signal.aborted ? "end in time" : "start"}`, { cause }),
      ),
    );
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
