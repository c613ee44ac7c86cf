// The agent as it is installed: one minified program, a second one for its load threads, and chunks for what only some commands
// need. Split rather than one file, so that an idle agent never holds YAML, schemas or the command line's rarer parts in memory.
import { readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { type Plugin, build } from "esbuild";

const root = new URL("../../", import.meta.url);

/** Builds into `directory`, which is emptied first; the files written, relative to it. */
export async function buildAgent(directory: string): Promise<readonly string[]> {
  await rm(directory, { recursive: true, force: true });
  const result = await build({
    absWorkingDir: root.pathname,
    entryPoints: {
      "tidemark-agent": "agent/src/main.ts",
      "load-thread": "agent/src/load/thread.ts",
    },
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunk-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    define: { TIDEMARK_AGENT_VERSION: JSON.stringify(agentVersion()) },
    // The NATS client and pino are CommonJS and ask for Node's modules by require.
    banner: {
      js: 'import{createRequire as requireOf}from"node:module";const require=requireOf(import.meta.url);',
    },
    plugins: [pureSchemas],
    metafile: true,
    logLevel: "warning",
  });
  return Object.keys(result.metafile.outputs);
}

function agentVersion(): string {
  const value: unknown = JSON.parse(readFileSync(new URL("agent/package.json", root), "utf8"));
  if (typeof value === "object" && value !== null && "version" in value)
    return String(value.version);
  throw new Error("agent/package.json has no version");
}

/**
 * Building a schema has no side effect, which esbuild cannot know: marked as pure, those that nobody uses vanish, and with them
 * TypeBox from every program that checks none.
 */
const pureSchemas: Plugin = {
  name: "pure-schemas",
  setup(builder) {
    builder.onLoad({ filter: /\/proto\/src\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source.replace(
        /(?<![\w.])(?:Type\.\w+|parser|jsonParser|text|nullable|Object\.fromEntries)\(/g,
        "/* @__PURE__ */ $&",
      );
      return { contents, loader: "ts" };
    });
  },
};
