// Sensors may answer slowly (a bus, a sleeping disk), so their files are read in Node's thread pool.
import { existsSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { FamilyGroup } from "./family.ts";
import { listDirectory } from "./text-file.ts";

/** File suffix, family, unit of the file in the family's own, help. */
const temperatures = [
  ["input", "node_hwmon_temp_celsius", "Hardware monitor for temperature (input)"],
  ["max", "node_hwmon_temp_max_celsius", "Hardware monitor for temperature (max)"],
  ["crit", "node_hwmon_temp_crit_celsius", "Hardware monitor for temperature (crit)"],
] as const;

export const hwmon = {
  name: "hwmon",
  async collect(host, out) {
    const root = `${host.sysRoot}/class/hwmon`;
    const chips = listDirectory(root);
    for (const directory of chips) {
      const path = `${root}/${directory}`;
      const files = listDirectory(path);
      const chip = chipOf(path, directory);
      const chipName = await readText(`${path}/name`);
      const namesHelp = "Annotation metric for human-readable chip names";
      if (chipName !== undefined)
        out.add("gauge", "node_hwmon_chip_names", namesHelp, 1, { chip, chip_name: chipName });
      for (const file of files) {
        const match = /^((temp|fan)\d+)_(input|max|crit|label)$/.exec(file);
        const text = match === null ? undefined : await readText(`${path}/${file}`);
        if (match === null || text === undefined) continue;
        const [, sensor = "", type, suffix] = match;
        const labels = { chip, sensor };
        if (suffix === "label") {
          const help = "Label for given chip and sensor";
          out.add("gauge", "node_hwmon_sensor_label", help, 1, { ...labels, label: text });
        } else if (type === "fan" && suffix === "input") {
          const help = "Hardware monitor for fan revolutions per minute (input)";
          out.add("gauge", "node_hwmon_fan_rpm", help, Number(text), labels);
        } else if (type === "temp") {
          const family = temperatures.find(([name]) => name === suffix);
          if (family !== undefined)
            out.add("gauge", family[1], family[2], Number(text) / 1_000, labels);
        }
      }
    }
    return chips.length > 0;
  },
} as const satisfies FamilyGroup;

/** "platform_coretemp_0": the device's class and name, as node_exporter writes them; without a device the directory's own name. */
function chipOf(path: string, directory: string): string {
  if (!existsSync(`${path}/device`)) return directory;
  const device = realpathSync(`${path}/device`);
  return [basename(dirname(device)), basename(device)]
    .map((part) =>
      part
        .toLowerCase()
        .replaceAll(/[^a-z0-9:_]/g, "_")
        .replaceAll(/_+$/g, ""),
    )
    .join("_");
}

/** `undefined` when the sensor has no answer just now. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trimEnd();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) return undefined;
    throw cause;
  }
}
