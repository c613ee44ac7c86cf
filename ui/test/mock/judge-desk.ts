// What the mock answers about judging: comparisons, the board, histories and webhooks.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { NewWebhook, Run } from "@tidemark/proto";
import { empty, json, problem } from "./answers.ts";
import { boardOf } from "./board.ts";
import { comparedHostsOf } from "./evidence.ts";
import { historyOf } from "./history.ts";
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
