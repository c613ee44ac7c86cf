import { expect, test } from "vitest";
import { assignmentOf, planFor } from "../../../test/generated.ts";
import { programs } from "./index.ts";
import { luaString } from "./wrk/script.ts";

/** A plan whose name was resolved, and checked, to another address. */
function assignmentFor(driver: keyof typeof programs, change: object = {}) {
  const plan = planFor(8_080, {
    driver,
    rate: 100,
    durationMs: 3_000,
    timeoutMs: 1_500,
    target: "http://shop.example:8080/a?b=1",
    ...change,
  });
  const endpoint = { address: "192.0.2.7", port: 8_080 };
  return { ...assignmentOf(plan), run: "01ARZ3NDEKTSV4RRFFQ69G5FAV", endpoint };
}

const bearer = { auth: { kind: "bearer", tokenSecret: "shop" } };

test.each(["wrk", "wrk2"] as const)(
  "%s: secrets stand in its file and never in its arguments",
  (driver) => {
    const assignment = { ...assignmentFor(driver, bearer), secrets: { shop: "s3cr3t-value" } };
    const { args, files } = programs[driver].command(assignment);
    expect(args.join(" ")).not.toContain("s3cr3t");
    expect(String(files["load.lua"])).toContain("Authorization: Bearer s3cr3t-value");
  },
);

test("wrk2 is told rate, threads, connections, whole seconds and a target", () => {
  const { args } = programs.wrk2.command(assignmentFor("wrk2", { connections: 8, workers: 2 }));
  expect(args).toEqual(
    "-t2 -c8 -d3s -R100 --timeout 2s -U -s load.lua http://shop.example:8080/a?b=1".split(" "),
  );
});

test("wrk is told no rate", () => {
  const { args } = programs.wrk.command(assignmentFor("wrk", { pacing: { kind: "max" } }));
  expect(args).toEqual(
    "-t1 -c4 -d3s --timeout 2s -s load.lua http://shop.example:8080/a?b=1".split(" "),
  );
});

test("wrk connects to the checked address and names the target's host", () => {
  const { files } = programs.wrk.command(assignmentFor("wrk", { pacing: { kind: "max" } }));
  expect(files["load.lua"]).toContain('wrk.lookup("192.0.2.7", "8080")');
  expect(files["load.lua"]).toContain("Host: shop.example:8080");
});

test("fortio keeps the name and connects to the checked address", () => {
  const { args, files } = programs.fortio.command(
    assignmentFor("fortio", { method: "POST", body: "text", durationMs: 1_500 }),
  );
  const told = args.join(" ");
  expect(told).toMatch(/^load -json - /);
  expect(told).toMatch("-c 4 -t 1500ms -qps 100 -access-log-file calls.jsonl");
  expect(told).toMatch("-X POST");
  expect(told).toMatch("-timeout 1500ms -resolve 192.0.2.7");
  expect(args.at(-1)).toBe("http://shop.example:8080/a?b=1");
  expect(told).toMatch("-payload-file body");
  expect(String(files["body"])).toBe("text");
});

test("fortio as fast as possible writes no log, which would cost a tenth of its speed", () => {
  const { args } = programs.fortio.command(assignmentFor("fortio", { pacing: { kind: "max" } }));
  expect(args.join(" ")).toMatch(/-qps 0/);
  expect(args).not.toContain("-access-log-file");
});

test("fortio takes authorities from a file, and skips the check only where the plan says so", () => {
  const target = "https://shop.example/";
  const trusting = programs.fortio.command(assignmentFor("fortio", { target, tls: { ca: "PEM" } }));
  expect(trusting.args.join(" ")).toMatch("-cacert ca.pem");
  expect(trusting.files["ca.pem"]).toBe("PEM");
  expect(trusting.args).not.toContain("-k");
  const careless = assignmentFor("fortio", { target, tls: { skipVerify: true } });
  expect(programs.fortio.command(careless).args).toContain("-k");
});

test("Nighthawk gets a worker's share of rate and connections, and no failure predicates", () => {
  const { args } = programs.nighthawk.command(
    assignmentFor("nighthawk", { connections: 8, workers: 2 }),
  );
  const told = args.join(" ");
  expect(told).toMatch("--no-default-failure-predicates --open-loop --concurrency 2 --rps 50");
  expect(told).toMatch("--connections 4 --duration 3 --timeout 2 --request-method GET");
  expect(told).toMatch("--request-header Host: shop.example:8080");
  expect(args.at(-1)).toBe("http://192.0.2.7:8080/a?b=1");
});

test("a Lua string holds any byte", () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const text = luaString(bytes);
  expect(text).toMatch(/^"[ -~]+"$/);
  const back = text
    .slice(1, -1)
    .replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number(digits)));
  expect(Buffer.from(back, "latin1").equals(bytes)).toBe(true);
});
