// `tidemark-agent list`: what an agent can collect.
import { catalogue } from "@tidemark/proto";
import { collectors } from "./collectors/index.ts";

export function printList(asJson: boolean, print: (text: string) => void): void {
  const names = collectors.map(({ name, everySeconds }) => ({ name, everySeconds }));
  if (asJson) {
    print(JSON.stringify({ collectors: names, metrics: catalogue }));
    return;
  }
  const metrics = catalogue.map(({ name, unit, kind, help }) => {
    const shown = kind === "rate" ? `${unit}/s` : unit;
    return `  ${name.padEnd(44)} ${shown.padEnd(14)} ${help}`;
  });
  const rows = names.map(
    ({ name, everySeconds }) => `  ${name.padEnd(12)} every ${everySeconds} s`,
  );
  print(["collectors:", ...rows, "", "metrics:", ...metrics].join("\n"));
}
