// What the mock answers about judging: comparisons, the board, histories and webhooks.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { NewWebhook, Profile, ProfileList, Run } from "@tidemark/proto";
import { empty, json, problem } from "./answers.ts";
import { boardOf } from "./board.ts";
import { comparedHostsOf } from "./evidence.ts";
import { historyOf } from "./history.ts";
import { machineList } from "./profile-runs.ts";
import { compare, sidesOf } from "./verdicts.ts";
import { openWebhookDesk } from "./webhooks.ts";

export interface JudgeDesk {
  /** True when the path was one of its own, and answered. */
  read(response: ServerResponse, url: URL, parts: readonly string[], isEmpty: boolean): boolean;
  write(
    response: ServerResponse,
    request: IncomingMessage,
    parts: readonly string[],
    body: unknown,
    user: string,
  ): boolean;
}

export function openJudgeDesk(options: {
  readonly runs: () => readonly Run[];
  readonly startedAtMs: number;
}): JudgeDesk {
  const webhooks = openWebhookDesk(options.startedAtMs);
  const { startedAtMs } = options;

  return {
    read(response, url, [kind, id, what], isEmpty) {
      const query = url.searchParams;
      if (kind === "compare" && id === "hosts") {
        json(response, comparedHostsOf(sidesOf(options.runs(), query).baseline));
        return true;
      }
      if (kind === "compare") {
        const asked = compare(options.runs(), query);
        if (asked.kind === "comparison") json(response, asked.comparison);
        else problem(response, "invalid-request", asked.reason, asked.field);
        return true;
      }
      if (kind === "board") {
        const board = boardOf(query);
        json(response, isEmpty ? { ...board, columns: [], rows: [] } : board);
        return true;
      }
      if (kind === "profiles" && id === undefined) {
        json(response, isEmpty ? { items: [] } : profilesOf(startedAtMs));
        return true;
      }
      if (kind === "profiles" && what === undefined && id === machineList.id) {
        json(response, profileOf(startedAtMs));
        return true;
      }
      if (kind === "profiles" && what === "history") {
        const history = historyOf(id ?? "", query, startedAtMs);
        json(response, isEmpty ? { ...history, series: [] } : history);
        return true;
      }
      if (kind === "webhooks") {
        json(response, { items: isEmpty ? [] : webhooks.list() });
        return true;
      }
      return false;
    },
    write(response, request, [kind, id, what], body, user) {
      if (kind !== "webhooks") return false;
      if (request.method === "DELETE") {
        webhooks.remove(id ?? "");
        empty(response);
      } else if (what === "test") json(response, { ok: true, said: "200 after 1 attempt" });
      else
        json(
          response,
          { webhook: webhooks.make(body as NewWebhook, user), secret: "tms_5hJ8wQvRz2Nc9Lx" },
          201,
        );
      return true;
    },
  };
}

function profileOf(startedAtMs: number): Profile {
  return {
    id: machineList.id,
    revision: 3,
    spec: {
      name: machineList.name,
      load: { target: "http://127.0.0.1:8080/MAAS/api/2.0/machines/", ratePerSecond: 300 },
      placement: { selector: "role=rack" },
    },
    createdAtMs: startedAtMs - 9e8,
    createdBy: "admin",
    revisedAtMs: startedAtMs - 864e5,
    revisedBy: "admin",
    archivedAtMs: null,
  };
}

function profilesOf(startedAtMs: number): ProfileList {
  return {
    items: [
      {
        id: machineList.id,
        name: machineList.name,
        description: "What the machine list costs, by release and size of the data set.",
        labels: {},
        revision: 3,
        driver: "http1",
        target: "http://127.0.0.1:8080/MAAS/api/2.0/machines/",
        shape: "300/s for 3 s",
        variants: ["3.5", "3.6"].flatMap((release) =>
          ["100", "1000"].map((dataset) => ({ release, dataset })),
        ),
        revisedAtMs: startedAtMs - 864e5,
        revisedBy: "admin",
        archivedAtMs: null,
        lastRun: null,
      },
    ],
  };
}
