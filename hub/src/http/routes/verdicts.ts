// What runs say: comparisons and their hosts, histories, the release board, and what a comparison could find.
import {
  Board,
  BoardQuery,
  CompareQuery,
  Comparison,
  Detectable,
  DetectableQuery,
  History,
  HistoryQuery,
  HostComparison,
} from "@tidemark/proto";
import type { App, RouteDeps } from "../deps.ts";
import { IdParams } from "../params.ts";
import { noProfile, profileIdOf } from "../profile-ids.ts";

export function verdicts(app: App, deps: RouteDeps): void {
  function knownProfile(given: string) {
    const id = profileIdOf(given);
    if (deps.profiles.get(id) === undefined) throw noProfile(given);
    return id;
  }

  app.get(
    "/api/v1/compare",
    {
      schema: {
        tags: ["verdicts"],
        summary: "Verdicts on two groups of runs",
        description:
          "Runs of both sides by id (baselineRun and candidateRun, each once or often), or a profile with a selector of variants for each side, or a campaign that was a comparison. Variants of the two sides are paired by the labels they share; every pair has its verdict.",
        querystring: CompareQuery,
        response: { 200: Comparison },
      },
    },
    async (request) => await deps.verdicts.compare(request.query),
  );

  app.get(
    "/api/v1/compare/hosts",
    {
      schema: {
        tags: ["verdicts"],
        summary: "What the hosts did during the runs of both sides, and how that differs",
        description:
          "Takes what GET /api/v1/compare takes; of each side at most 40 runs. Values are medians of the runs' means.",
        querystring: CompareQuery,
        response: { 200: HostComparison },
      },
    },
    async (request) => await deps.verdicts.hosts(request.query),
  );

  app.get(
    "/api/v1/profiles/:id/history",
    {
      schema: {
        tags: ["verdicts"],
        summary: "A profile's runs along time, with changes of level and what coincides with them",
        params: IdParams,
        querystring: HistoryQuery,
        response: { 200: History },
      },
    },
    async (request) => await deps.verdicts.history(knownProfile(request.params.id), request.query),
  );

  app.get(
    "/api/v1/profiles/:id/detectable",
    {
      schema: {
        tags: ["verdicts"],
        summary: "The smallest difference a comparison would find, before it starts",
        params: IdParams,
        querystring: DetectableQuery,
        response: { 200: Detectable },
      },
    },
    async (request) =>
      await deps.verdicts.detectable(knownProfile(request.params.id), request.query),
  );

  app.get(
    "/api/v1/board",
    {
      schema: {
        tags: ["verdicts"],
        summary:
          "Every profile's variants by release, each against the release before or a baseline",
        description:
          "Of the last year unless sinceMs says otherwise; of each cell the newest 20 valid runs.",
        querystring: BoardQuery,
        response: { 200: Board },
      },
    },
    async (request) => await deps.verdicts.board(request.query),
  );
}
