// The host's own stop for all load: a file beside the policy. Whoever can write there sets it by hand; SIGUSR2 to the agent
// makes the same file, so that what a signal stopped stays stopped over restarts, is seen, and is released by removing it.
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const killSwitchName = "stop-load";

export interface KillSwitch {
  readonly file: string;
  isSet(): boolean;
  /** Sets it for whatever comes; the fault when the file could not be written, and it holds only as long as this process. */
  set(why: string): unknown;
}

export function openKillSwitch(policyFile: string): KillSwitch {
  const file = join(dirname(policyFile), killSwitchName);
  let isHeld = false;
  return {
    file,
    isSet: () => isHeld || existsSync(file),
    set(why) {
      try {
        writeFileSync(file, `${why}\nRemove this file to allow load tests again.\n`, {
          mode: 0o600,
        });
        return undefined;
      } catch (cause) {
        isHeld = true;
        return cause;
      }
    },
  };
}
