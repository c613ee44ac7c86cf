// The import rules of .dependency-cruiser.cjs, with a guard: every TypeScript file of the repository must have been seen.
import { Type } from "typebox";
import { parser } from "@tidemark/proto";
import { repositoryFiles } from "./repository-files.ts";
import { type Step, output } from "./step.ts";

const folders = ["proto", "agent", "hub", "ui", "deploy"];

const Violation = Type.Object({
  from: Type.String(),
  to: Type.String(),
  rule: Type.Object({ name: Type.String() }),
});
const parseReport = parser(
  Type.Object({
    modules: Type.Array(Type.Object({ source: Type.String() })),
    summary: Type.Object({ violations: Type.Array(Violation) }),
  }),
  "dependency-cruiser's report",
);

export const dependencies: Step = {
  name: "dependencies",
  async run(signal) {
    const args = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", ...folders];
    const { stdout, stderr } = await output("depcruise", args, signal);
    if (!stdout.startsWith("{")) return { passed: false, output: `${stdout}${stderr}` };
    const { modules, summary } = parseReport(JSON.parse(stdout));
    const seen = new Set(modules.map((module) => module.source));
    const files = await repositoryFiles(signal);
    const unseen = files.filter((file) => isSource(file) && !seen.has(file));
    const problems = [
      ...summary.violations.map(({ rule, from, to }) => `${from} imports ${to}: ${rule.name}`),
      ...unseen.map((file) => `${file}: not seen by dependency-cruiser, so nothing is known of it`),
    ];
    return { passed: problems.length === 0, output: problems.join("\n") };
  },
};

function isSource(file: string): boolean {
  const known = folders.some((folder) => file.startsWith(`${folder}/`));
  return known && /\.(ts|svelte)$/.test(file) && !/(^|\/)(golden|fixtures)\/|\.d\.ts$/.test(file);
}
