// Profiles and results to and from other tools' documents, and a run as a draft of a profile.
import {
  ExportQuery,
  ImportAnswer,
  ImportRequest,
  ProfileDraft,
  endStates,
  isAgentId,
} from "@tidemark/proto";
import { Type } from "typebox";
import { RequestRefused } from "../../errors.ts";
import { agentsOf } from "../../load/known-run.ts";
import { DocumentRefused } from "../../profiles/exchange/document.ts";
import { importProfiles } from "../../profiles/exchange/import.ts";
import { smpConfigYaml } from "../../profiles/exchange/smp-export.ts";
import { type Loss, smpLosses } from "../../profiles/exchange/smp-lost.ts";
import {
  type SmpNode,
  smpResultLosses,
  smpResultYaml,
} from "../../profiles/exchange/smp-result.ts";
import { tidemarkJson, tidemarkYaml } from "../../profiles/exchange/tidemark.ts";
import { runDraft } from "../../profiles/run-draft.ts";
import type { App, RouteDeps } from "../deps.ts";
import { IdParams } from "../params.ts";
import { noProfile, profileIdOf } from "../profile-ids.ts";
import { noRun, runIdOf } from "../run-ids.ts";

const LossyQuery = Type.Object(
  { lossy: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);
const document = Type.String();
const yaml = "application/yaml; charset=utf-8";

export function profileExchange(app: App, deps: RouteDeps): void {
  app.post(
    "/api/v1/profiles/import",
    {
      schema: {
        tags: ["profiles"],
        summary: "Read a profile, or another tool's, as drafts; nothing is stored",
        description:
          "YAML or JSON: Tidemark's own documents, SMP's performance test configurations in all dialects, Meshery's profiles. What had to be guessed or is lost is a remark; what must be filled in is missing.",
        body: ImportRequest,
        response: { 200: ImportAnswer },
      },
    },
    async (request) => {
      const { document: text, kind } = request.body;
      try {
        return importProfiles(text, kind);
      } catch (cause) {
        if (!(cause instanceof DocumentRefused)) throw cause;
        throw new RequestRefused("invalid-request", cause.message, { field: "/document" });
      }
    },
  );

  app.get(
    "/api/v1/profiles/:id/export",
    {
      schema: {
        tags: ["profiles"],
        summary: "A profile's latest revision as a document",
        description:
          "`smp` is refused, with the list of what SMP cannot carry, unless `lossy` is true.",
        params: IdParams,
        querystring: ExportQuery,
        response: { 200: document },
      },
    },
    async (request, reply) => {
      const id = profileIdOf(request.params.id);
      const profile = await deps.profiles.revision(id);
      if (profile === undefined) throw noProfile(id);
      const { format, lossy = false } = request.query;
      const { spec } = profile;
      if (format === "json")
        return reply.type("application/json; charset=utf-8").send(tidemarkJson(spec));
      if (format === "yaml") return reply.type(yaml).send(tidemarkYaml(spec));
      const losses = smpLosses(spec);
      assertAsked(losses, lossy);
      return reply.type(yaml).send(smpConfigYaml(id, spec, losses));
    },
  );

  app.get(
    "/api/v1/runs/:id/profile",
    {
      schema: {
        tags: ["profiles"],
        summary: "A load test that belongs to no profile, as a draft of one",
        description: "What is not kept with a run, such as values of headers, is missing.",
        params: IdParams,
        response: { 200: ProfileDraft },
      },
    },
    async (request) => {
      const id = runIdOf(request.params.id);
      const known = await deps.runs.known(id);
      if (known === undefined) throw noRun(id);
      const { profile } = known.record.origin ?? {};
      if (profile !== undefined)
        throw new RequestRefused(
          "conflict",
          `the run ran revision ${profile.revision} of the profile ${profile.name}`,
        );
      return runDraft(known.record, agentsOf(known));
    },
  );

  app.get(
    "/api/v1/runs/:id/smp",
    {
      schema: {
        tags: ["runs"],
        summary: "The result of a load test as SMP's PerformanceTestResult",
        description: "Refused, with the list of what SMP cannot carry, unless `lossy` is true.",
        params: IdParams,
        querystring: LossyQuery,
        response: { 200: document },
      },
    },
    async (request, reply) => {
      const id = runIdOf(request.params.id);
      const run = await deps.runs.get(id);
      if (run === undefined) throw noRun(id);
      if (!endStates.some((state) => state === run.state))
        throw new RequestRefused("conflict", `the run ${id} has not ended: it is ${run.state}`);
      assertAsked(smpResultLosses(run), request.query.lossy ?? false);
      const nodes = await Promise.all(run.agents.map(({ agent }) => nodeOf(agent)));
      const facts = {
        detailsUri: `${deps.publicUrl()}/runs/${id}`,
        nodes: nodes.filter((node) => node !== undefined),
      };
      return reply.type(yaml).send(smpResultYaml(run, facts));
    },
  );

  /** What SMP has fields for of a host that generated; undefined while it has not told what it is. */
  async function nodeOf(id: string): Promise<SmpNode | undefined> {
    const agent = isAgentId(id) ? deps.agents.get(id) : undefined;
    const known = agent && (await deps.events.inventoryOf(agent.host));
    if (known === undefined) return undefined;
    const { cpu, memoryBytes } = known.inventory;
    return {
      type: "load generator",
      cores: cpu.logicalCores,
      mem_mb: Math.round(memoryBytes / 1_048_576),
    };
  }
}

function assertAsked(losses: readonly Loss[], lossy: boolean): void {
  if (losses.length === 0 || lossy) return;
  const list = losses.map(({ field, reason }) => `${field} (${reason})`).join("; ");
  throw new RequestRefused(
    "invalid-request",
    `with lossy=true it is written without what SMP cannot carry: ${list}`,
    { field: "/lossy" },
  );
}
