// What would leave, question by question: each is a query of weeks of data, so that all at once could outlast a request.
import { SharingPreview, reportBodyBytes } from "@tidemark/proto";
import process from "node:process";
import type { HubClient } from "./client.ts";

/** For so long nobody needs to be told how far it is. */
const quietMs = 2_000;

export async function previewOf(
  hub: HubClient,
  questions: readonly string[],
): Promise<SharingPreview> {
  const whole: SharingPreview = { bodyBytes: reportBodyBytes, reports: [], silent: [] };
  const startedAt = performance.now();
  for (const [index, question] of questions.entries()) {
    if (performance.now() - startedAt > quietMs)
      process.stderr.write(`${index}/${questions.length} questions looked at\n`);
    const query = new URLSearchParams({ question });
    const { reports, silent } = await hub.get("/sharing/preview", SharingPreview, query);
    whole.reports.push(...reports);
    whole.silent.push(...silent);
  }
  return whole;
}
