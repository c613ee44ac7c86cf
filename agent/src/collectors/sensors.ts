// hwmon: temperatures and fans. Asking a sensor may go over a slow bus or to a disk that is dying, so the files are read
// in Node's thread pool, one after the other, and never on the tick. https://docs.kernel.org/hwmon/sysfs-interface.html
import { existsSync } from "node:fs";
import { readFile, readdir, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { isAbsent } from "../procfs/kept-file.ts";
import type { Collector, Sink, Slot } from "./collector.ts";

/** Inputs followed over all chips; a large server has about sixty. */
const inputsMax = 256;
/** Chips come and go with modules and hot-plugged disks; looked for this often, in reads. */
const readsPerSearch = 6;

interface Input {
  readonly path: string;
  readonly id: string;
  readonly slot: Slot;
  /** One unit of the file in the metric's own: temperatures are in millidegrees, fans in rpm. */
  readonly scale: number;
}

export const sensors = {
  name: "sensors",
  everySeconds: 10,
  open(host, sink) {
    const root = `${host.sysRoot}/class/hwmon`;
    if (!existsSync(root)) return undefined;
    let inputs = new Map<string, Input>();
    let reads = 0;
    return {
      async read() {
        if (reads % readsPerSearch === 0) inputs = await findInputs(root, inputs, sink);
        reads += 1;
        for (const input of inputs.values()) {
          const raw = await readText(input.path);
          // A sensor without a reading just now (a disk asleep, a fan header with nothing on it) answers with an error.
          if (raw !== undefined && raw !== "") sink.set(input.slot, Number(raw) * input.scale);
        }
      },
      close() {
        inputs.clear();
      },
    };
  },
} as const satisfies Collector;

async function findInputs(
  root: string,
  known: ReadonlyMap<string, Input>,
  sink: Sink,
): Promise<Map<string, Input>> {
  const found = new Map<string, Input>();
  for (const chip of (await list(root)).sort()) {
    const chipId = await identify(`${root}/${chip}`, chip);
    for (const file of (await list(`${root}/${chip}`)).sort()) {
      const match = /^(temp|fan)(\d+)_input$/.exec(file);
      if (match === null) continue;
      const path = `${root}/${chip}/${file}`;
      const sensor = `${match[1]}${match[2]}`;
      const plainId = `${chipId}/${sensor}`;
      const id = found.has(plainId) ? `${plainId}@${chip}` : plainId;
      if (found.size >= inputsMax) {
        sink.leaveOut("bound", `sensor ${id}`);
        continue;
      }
      found.set(id, known.get(id) ?? (await addInput(sink, match[1] === "temp", path, id, sensor)));
    }
  }
  for (const [id, input] of known) if (!found.has(id)) sink.remove(input.slot);
  return found;
}

/** hwmon numbers change from boot to boot, so what the chip stands on and its own name make the identity: "coretemp.0/coretemp". */
async function identify(directory: string, chip: string): Promise<string> {
  const name = (await readText(`${directory}/name`)) ?? chip;
  try {
    return `${basename(await readlink(`${directory}/device`))}/${name}`;
  } catch (cause) {
    // Chips of no device (thermal zones) have no such link.
    if (isAbsent(cause)) return name;
    throw cause;
  }
}

async function addInput(
  sink: Sink,
  isTemperature: boolean,
  path: string,
  id: string,
  sensor: string,
): Promise<Input> {
  const label = (await readText(path.replace(/_input$/, "_label"))) ?? sensor;
  const metric = isTemperature ? "hw.temperature" : "hw.fan.speed";
  const slot = sink.add(metric, { "hw.id": id, "hw.name": label });
  return { path, id, slot, scale: isTemperature ? 0.001 : 1 };
}

async function list(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw cause;
  }
}

/** A small file's text without its last newline; `undefined` when there is nothing to read there now. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trimEnd();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) return undefined;
    throw cause;
  }
}
