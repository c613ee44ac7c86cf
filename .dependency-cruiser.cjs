// Who may import whom. deploy/check/dependencies.ts runs it and refuses to pass when it saw fewer modules than the
// repository holds: without a TypeScript it can use, dependency-cruiser sees nothing and is content.
const tests = "\\.test\\.ts$|^[^/]+/test/";

/** Folders whose index.ts lists every module, and the one file in each that the modules share. */
const registries = [
  { folder: "^agent/src/collectors/", shared: "collector\\.ts$" },
  { folder: "^agent/src/load/drivers/", shared: "driver\\.ts$" },
  {
    folder: "^agent/src/load/pacings/",
    shared: "(pacing|slope|arrivals-table|random-words)\\.ts$",
  },
  { folder: "^agent/src/load/pacers/", shared: "pacer(-thread)?\\.ts$" },
  { folder: "^hub/src/http/routes/", shared: "route\\.ts$" },
  { folder: "^hub/src/store/migrations/", shared: "migration\\.ts$" },
  { folder: "^ui/src/pages/host/sections/", shared: "section\\.ts$" },
];

/** Decisions: data in, data out. They import neither the outside world nor what talks to it. */
const pure = [
  "^proto/src/",
  "^agent/src/load/pacings/",
  "^agent/src/load/guard/(ceilings|quiet-hours|rules|targets)\\.ts$",
  "^hub/src/ingest/(judge|ranges|overlap)\\.ts$",
  "^hub/src/receive/(judge|known-keys|day)\\.ts$",
  "^hub/src/sharing/(consent|freeze|timing)\\.ts$",
  "^hub/src/verdict/statistics/",
  "^hub/src/receive/charts/(declared|freeze)\\.ts$",
  "^ui/src/format/",
];

const workspace = (name, others) => ({
  name: `${name}-knows-only-proto`,
  comment: "agent, hub and ui import proto and never each other, nor deploy",
  severity: "error",
  from: { path: `^${name}/` },
  // Tests of every workspace may use the stand-ins of deploy/test.
  to: { path: `^(${others.join("|")})/`, pathNot: "^deploy/test/" },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      comment: "a cycle of types alone is gone before anything runs",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-unresolved",
      comment: "an import that resolves to nothing",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    workspace("agent", ["hub", "ui", "deploy"]),
    workspace("hub", ["agent", "ui", "deploy"]),
    workspace("ui", ["agent", "hub", "deploy"]),
    workspace("proto", ["agent", "hub", "ui", "deploy"]),
    {
      name: "proto-by-its-door",
      comment: "import @tidemark/proto, not a file within it",
      severity: "error",
      from: { pathNot: "^proto/" },
      to: { path: "^proto/src/", pathNot: "^proto/src/index\\.ts$" },
    },
    {
      name: "proto-needs-typebox-alone",
      severity: "error",
      from: { path: "^proto/src/", pathNot: tests },
      to: { pathNot: "^proto/src/|node_modules/typebox/" },
    },
    {
      name: "ui-runs-in-a-browser",
      severity: "error",
      from: { path: "^ui/src/", pathNot: tests },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "tests-are-not-imported",
      severity: "error",
      from: { pathNot: tests },
      to: { path: tests, pathNot: "^deploy/test/" },
    },
    {
      name: "programs-need-no-dev-dependency",
      comment: "what runs in production is in the workspace's own dependencies",
      severity: "error",
      from: { path: "^(agent|hub)/src/", pathNot: tests },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "pure-files-stay-pure",
      severity: "error",
      from: { path: pure.join("|"), pathNot: tests },
      to: {
        dependencyTypes: ["core", "npm"],
        pathNot: "node_modules/typebox/|^proto/|^(node:)?zlib$",
        dependencyTypesNot: ["type-only"],
      },
    },
    ...registries.map(({ folder, shared }) => ({
      name: `siblings-do-not-meet:${folder.slice(1, -1)}`,
      comment: "a module in a registry never imports another; what they share lies outside",
      severity: "error",
      from: { path: `${folder}[^/]+\\.ts$`, pathNot: `${folder}index\\.ts$|${tests}` },
      to: { path: `${folder}[^/]+\\.ts$`, pathNot: `${folder}${shared}` },
    })),
    {
      name: "sender-and-receiver-share-the-envelope-alone",
      comment: "two programs of two parties: what they agree on is proto, and how a body is sealed",
      severity: "error",
      from: { path: "^hub/src/receive/", pathNot: tests },
      to: { path: "^hub/src/sharing/", pathNot: "^hub/src/sharing/envelope\\.ts$" },
    },
    {
      name: "sender-knows-no-receiver",
      severity: "error",
      from: { path: "^hub/src/sharing/", pathNot: tests },
      to: { path: "^hub/src/receive/" },
    },
    {
      name: "registries-get-what-they-need",
      comment: "no bus, configuration or logger in a registry's module",
      severity: "error",
      from: { path: registries.map(({ folder }) => folder).join("|"), pathNot: tests },
      to: {
        path: "node_modules/(@nats-io/(transport-node|nats-core|jetstream|kv)|pino)/|^(agent|hub)/src/(config|telemetry)\\.ts$",
        dependencyTypesNot: ["type-only"],
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|golden|fixtures)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    // Each workspace by its own package.json alone: the root's lists what deploy/ needs besides.
    combinedDependencies: false,
    builtInModules: { add: ["node:sqlite"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types", "svelte"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".svelte", ".json", ".d.ts"],
    },
  },
};
