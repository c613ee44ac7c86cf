// The tidy test: what readers rely on and no linter knows. Rules are pure functions over the repository's text files.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TextFile, repositoryFiles } from "./repository-files.ts";
import { type Step, root } from "./step.ts";
import { lengthAdvice, tidyRules } from "./tidy-rules.ts";

const text =
  /\.(ts|svelte|css|html|js|cjs|sh|json|ya?ml|md|conf|service|cfg|toml|sql)$|(^|\/)(run|Dockerfile\S*|\.npmrc)$/;
const frozen = /(^|\/)(golden|fixtures|dist)\//;

export const tidy: Step = {
  name: "tidy",
  async run(signal) {
    const paths = await repositoryFiles(signal);
    const files = await Promise.all(
      paths
        .filter((path) => text.test(path) && !frozen.test(path))
        .map(async (path): Promise<TextFile> => {
          return { path, text: await readFile(join(root, path), "utf8") };
        }),
    );
    const problems = tidyRules.flatMap((rule) => rule(files));
    const advice = lengthAdvice(files);
    return { passed: problems.length === 0, output: [...problems, ...advice].join("\n") };
  },
};
