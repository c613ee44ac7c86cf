// The examples in the docs are requests that the API takes and plans that can be carried out, by their driver's own word too.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type LoadPlan,
  NewRun,
  driverForScheme,
  isInstalledDriver,
  parser,
  planFault,
} from "@tidemark/proto";
import { expect, test } from "vitest";
import { driverFault } from "../../agent/src/load/support.ts";
import { importProfiles } from "../../hub/src/profiles/exchange/import.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const examples = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md"))
  .flatMap((name) =>
    [...readFileSync(`${folder}/${name}`, "utf8").matchAll(/```json\n([^]*?)```/g)].map(
      ([, json = ""], index) => ({ name: `${name} ${index + 1}`, json }),
    ),
  )
  .filter(({ json }) => json.includes('"target"'));
const parseRun = parser(NewRun, "example");

test("there are examples", () => {
  expect(examples.length).toBeGreaterThan(3);
});

test.each(examples)("$name is a run", async ({ json }) => {
  const run = parseRun(JSON.parse(json));
  const { pacing, agent: _, agents: __, selector, preset: ___, ...rest } = run;
  expect(selector).toBeDefined();
  if (pacing?.kind === "search") return;
  const {
    name: _name,
    ratePerSecond = 1,
    durationSeconds = 10,
    warmupSeconds: _warmup,
    ...given
  } = rest;
  const plan: LoadPlan = {
    method: "GET",
    headers: [],
    body: "",
    precision: "precise",
    connections: 8,
    timeoutMs: 1_000,
    driver: driverForScheme(new URL(run.target).protocol) ?? "http1",
    ...given,
    pacing: pacing ?? { kind: "constant", ratePerSecond },
    durationMs: durationSeconds * 1_000,
  };
  expect(planFault(plan)).toBeUndefined();
  // What an installed program says is only known where it is installed.
  if (!isInstalledDriver(plan.driver)) expect(await driverFault(plan)).toBeUndefined();
});

test("the example of a profile can be saved as it stands", () => {
  const page = readFileSync(`${folder}/profiles.md`, "utf8");
  const [, document = ""] = /```yaml\n(tidemark: [^]*?)```/.exec(page) ?? [];
  const { drafts } = importProfiles(document);
  expect(drafts.map(({ spec, missing }) => [spec.variants?.length, missing])).toEqual([[4, []]]);
});
