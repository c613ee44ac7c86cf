// node deploy/build/capabilities.ts: writes deploy/docs/capabilities.md from proto's capability table, so that the page cannot
// say anything else than hub and agent do. A test compares the two.
import { writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  type DriverName,
  capabilities,
  driverSchemes,
  installedDrivers,
  nativeDrivers,
  planFeatures,
} from "@tidemark/proto";

export const capabilitiesPage = fileURLToPath(new URL("../docs/capabilities.md", import.meta.url));

/** The whole page. */
export function renderCapabilities(): string {
  return `# What each driver can do

Made by \`node deploy/build/capabilities.ts\` from the table that hub and agent refuse by; do not edit.
● honoured as asked; a number is the note that says why not. A plan that asks for what its driver cannot honour is refused
with this reason before anything starts: nothing falls back silently.

## Native drivers
${table(nativeDrivers)}
## Installed programs
They are found on the agent's \`PATH\`; what else each of them cannot do stands on its page:
[fortio](drivers/fortio.md), [wrk2](drivers/wrk2.md), [wrk](drivers/wrk.md), [Nighthawk](drivers/nighthawk.md).
${table(installedDrivers)}`;
}

function table(drivers: readonly DriverName[]): string {
  const notes: string[] = [];
  const numberOf = (note: string) => {
    if (!notes.includes(note)) notes.push(note);
    return String(notes.indexOf(note) + 1);
  };
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const lines = [
    line(["", ...drivers]),
    line(["---", ...drivers.map(() => "---")]),
    line(["schemes", ...drivers.map((driver) => driverSchemes[driver].join(" "))]),
    ...planFeatures.map((feature) =>
      line([
        `\`${feature}\``,
        ...drivers.map((driver) => {
          const capability = capabilities[driver][feature];
          return capability === true ? "●" : numberOf(capability);
        }),
      ]),
    ),
  ];
  return `${lines.join("\n")}\n\n${notes.map((note, index) => `${index + 1}. ${note}`).join("\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(capabilitiesPage, renderCapabilities());
