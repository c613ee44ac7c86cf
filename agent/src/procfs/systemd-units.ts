// systemd's units, by asking systemctl: it speaks the manager's protocol, and a private D-Bus client here would cost more
// than the few milliseconds it takes.

const timeoutMs = 5_000;

export interface Unit {
  /** "ssh.service". */
  readonly name: string;
  /** Active state: active, inactive, failed, activating, deactivating, reloading. */
  readonly state: string;
}

type Run = (program: string, args: readonly string[], timeoutMs: number) => Promise<string>;

export async function listUnits(run: Run): Promise<readonly Unit[]> {
  const args = ["list-units", "--all", "--plain", "--no-legend", "--no-pager", "--full"];
  return parseUnits(await run("systemctl", args, timeoutMs));
}

/** "ssh.service loaded active running OpenBSD Secure Shell server". */
function parseUnits(output: string): readonly Unit[] {
  return output.split("\n").flatMap((line) => {
    const [name, load, state] = line.trim().split(/\s+/);
    // Units that only others mention ("not-found") do not exist here.
    if (name === undefined || state === undefined || load === "not-found") return [];
    return [{ name, state }];
  });
}
