// /proc/<pid>/mountinfo: "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw". Spaces and the like in paths
// are written \040. https://docs.kernel.org/filesystems/proc.html#proc-pid-mountinfo-information-about-mounts
import { scanFile } from "./kept-file.ts";

export interface Mount {
  /** major:minor of what is mounted. */
  readonly device: string;
  readonly mountPoint: string;
  readonly type: string;
  /** "/dev/sda1", "server:/export", "tmpfs". */
  readonly source: string;
  readonly readOnly: boolean;
}

/** The mounts in the order they were made, of init's namespace where it may be read; `undefined` without /proc. */
export function readMounts(procRoot: string): readonly Mount[] | undefined {
  const file = scanFile(`${procRoot}/1/mountinfo`) ?? scanFile(`${procRoot}/self/mountinfo`);
  return file?.text().split("\n").flatMap(parseMount);
}

function parseMount(line: string): Mount[] {
  const [before, after] = line.split(" - ", 2);
  const fields = before?.split(" ") ?? [];
  const [type, source, superOptions] = after?.split(" ") ?? [];
  const [, , device, , mountPoint, options] = fields;
  if (device === undefined || mountPoint === undefined || type === undefined) return [];
  const readOnly = [options, superOptions].some((list) => list?.split(",").includes("ro"));
  return [
    {
      device,
      mountPoint: unescape(mountPoint),
      type,
      source: unescape(source ?? ""),
      readOnly,
    },
  ];
}

function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
