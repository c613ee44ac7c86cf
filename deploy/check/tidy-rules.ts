import type { TextFile } from "./repository-files.ts";

/** Lines past which a file usually hides a second subject. */
const linesMax = 300;
const workspaces = ["proto", "agent", "hub", "ui", "deploy"];

type Rule = (files: readonly TextFile[]) => string[];

/** Every line of every file that a pattern finds, as `path:line: reason`. */
function everyLine(pattern: RegExp, reason: string, where: RegExp = /./): Rule {
  return (files) =>
    files
      .filter(({ path }) => where.test(path) && path !== "package-lock.json")
      .flatMap(({ path, text }) =>
        text
          .split("\n")
          .flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}: ${reason}`] : [])),
      );
}

const noMachinePaths = everyLine(
  /(?<![\w.~-])\/(?:work|root|tmp|home\/[a-z]+|Users)\/[\w.-]/,
  "a path of one machine",
  /^(?!deploy\/(systemd|deb|containers|kubernetes)\/)/,
);

const noRegistryHosts = everyLine(
  /\b(?:registry\.[a-z]+js\.org|(?:deb|security)\.debian\.org|(?:files\.)?python(?:hosted)\.org|registry\.[a-z]+pkg\.com)\b/,
  "the host name of a package registry",
);

const noLockedHosts: Rule = (files) =>
  files
    .filter(
      ({ path, text }) => path === "package-lock.json" && /"resolved": "[a-z+]*:\/\//.test(text),
    )
    .map(({ path }) => `${path}: holds a registry's address; run npm install in this folder`);

const noLeftovers = everyLine(
  /\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/,
  "a leftover",
  /\.(ts|svelte|css|html|js|cjs|sh|md)$/,
);

const noSilentSkips = everyLine(
  /\b(?:test|it|describe)\.(?:skip|todo|only)\b/,
  "a test that does not run: say why with context.skip(reason)",
  /\.test\.ts$/,
);

/** The command line hands the environment in, or on to a process that takes over; the PATH is what any child needs. */
const settingsAtTheEdge = everyLine(
  /\bprocess\.env\b(?!\["PATH"\])/,
  "the environment is read in config.ts",
  /^(?:agent|hub)\/src\/(?!main\.ts|config\.ts|cli[^/]*\.ts|handover\.ts|.*\.test\.ts).*\.ts$/,
);

/** index.ts is a registry (or proto's door), never a barrel. */
const noBarrels: Rule = (files) =>
  files
    .filter(({ path }) => /^(agent|hub|ui|deploy)\/.*\/index\.ts$/.test(path))
    .filter(
      ({ text }) =>
        !/as const satisfies|satisfies readonly|: readonly \w+(?:<\w+>)?\[\]/.test(text),
    )
    .map(({ path }) => `${path}: an index.ts is a registry, an explicit array`);

const registriesListEveryModule: Rule = (files) =>
  files
    .filter(({ path }) => /^(agent|hub|ui)\/.*\/index\.ts$/.test(path))
    .flatMap((index) => {
      const folder = index.path.slice(0, -"index.ts".length);
      const inFolder = files.filter(
        ({ path }) => path.startsWith(folder) && !path.slice(folder.length).includes("/"),
      );
      const modules = inFolder.filter(
        ({ path }) =>
          /\.(ts|svelte)$/.test(path) && !path.endsWith(".test.ts") && path !== index.path,
      );
      return modules
        .filter((module) => {
          const specifier = `./${module.path.slice(folder.length)}`;
          return !inFolder.some(
            ({ path, text }) => path !== module.path && text.includes(specifier),
          );
        })
        .map(({ path }) => `${path}: not listed in ${index.path}`);
    });

const readmesNameEveryFolder: Rule = (files) =>
  workspaces.flatMap((workspace) => {
    const readme = files.find(({ path }) => path === `${workspace}/README.md`);
    if (readme === undefined) return [`${workspace}/README.md: missing`];
    const depth = workspace === "deploy" || workspace === "proto" ? 1 : 2;
    const folders = new Set(
      files
        .map(({ path }) => path.split("/"))
        .filter((parts) => parts[0] === workspace && parts.length > depth + 1)
        .filter((parts) => depth === 1 || parts[1] === "src")
        .map((parts) => parts[depth] ?? ""),
    );
    return [...folders]
      .filter((folder) => !new RegExp(`\\b${folder}\\b`).test(readme.text))
      .map((folder) => `${readme.path}: does not name the folder ${folder}`);
  });

export const tidyRules = [
  noMachinePaths,
  noRegistryHosts,
  noLockedHosts,
  noLeftovers,
  noSilentSkips,
  settingsAtTheEdge,
  noBarrels,
  registriesListEveryModule,
  readmesNameEveryFolder,
] as const satisfies readonly Rule[];

/** Files worth splitting: told, but no reason to fail. */
export function lengthAdvice(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path }) => /\.(ts|svelte)$/.test(path) && !path.endsWith(".test.ts"))
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ path, lines }) => lines > linesMax && path !== "proto/src/catalogue.ts")
    .map(({ path, lines }) => `       ${path} has ${lines} lines: does it hide a second subject?`);
}
