// Sharing with the maintainers: what is asked, what would leave and what has left, for everybody who may sign in; yes, no and the way
// out for administrators.
import {
  ConsentAnswers,
  LedgerPage,
  Page,
  PreviewQuery,
  SharingBundle,
  SharingOverview,
  SharingPreview,
  Withdrawal,
  Withdrawn,
} from "@tidemark/proto";
import { RequestRefused } from "../../errors.ts";
import { callerOf } from "../access.ts";
import type { App, RouteDeps } from "../deps.ts";

const entriesDefault = 100;

export function sharing(app: App, deps: Pick<RouteDeps, "sharing" | "audit">): void {
  app.get(
    "/api/v1/sharing",
    {
      schema: {
        tags: ["sharing"],
        summary: "The maintainers' questions, all they can be told, and what was agreed to",
        response: { 200: SharingOverview },
      },
    },
    async () => deps.sharing.overview(),
  );

  app.get(
    "/api/v1/sharing/preview",
    {
      schema: {
        tags: ["sharing"],
        summary: "The exact text of every report that would be sent, or waits to be",
        querystring: PreviewQuery,
        response: { 200: SharingPreview },
      },
    },
    async (request) => deps.sharing.preview(request.query.question),
  );

  app.get(
    "/api/v1/sharing/ledger",
    {
      schema: {
        tags: ["sharing"],
        summary: "What was answered, sent, refused and deleted, newest first",
        querystring: Page,
        response: { 200: LedgerPage },
      },
    },
    async (request) => {
      const { cursor, limit = entriesDefault } = request.query;
      return await deps.sharing.ledger(cursor, limit);
    },
  );

  app.post(
    "/api/v1/sharing/answers",
    {
      schema: {
        tags: ["sharing"],
        summary: "Say yes or no to questions of the catalogue that was shown",
        body: ConsentAnswers,
        response: { 200: SharingOverview },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const { answers } = request.body;
      refuseTwice(answers);
      const overview = await deps.sharing.answer(request.body, user);
      for (const { question, answer } of answers)
        deps.audit.record(user, "sharing-answered", question, answer);
      return overview;
    },
  );

  app.post(
    "/api/v1/sharing/withdraw",
    {
      schema: {
        tags: ["sharing"],
        summary: "End every yes, drop what waits, and ask back what was sent if that is wished",
        body: Withdrawal,
        response: { 200: Withdrawn },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const withdrawn = await deps.sharing.withdraw(request.body, user);
      const { dropped, deletions } = withdrawn;
      const what = `reports dropped: ${dropped}, deletions asked for: ${deletions}`;
      deps.audit.record(user, "sharing-withdrawn", "", what);
      return withdrawn;
    },
  );

  app.post(
    "/api/v1/sharing/export",
    {
      schema: {
        tags: ["sharing"],
        summary: "Take the waiting reports out, to be carried by hand; they count as sent",
        response: { 200: SharingBundle },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const bundle = await deps.sharing.export(user);
      deps.audit.record(user, "sharing-exported", "", `reports: ${bundle.bodies.length}`);
      return bundle;
    },
  );
}

/** Yes and no to the same question is neither. */
function refuseTwice(answers: ConsentAnswers["answers"]): void {
  const second = answers.findIndex(
    ({ question }, index) => answers.findIndex((one) => one.question === question) < index,
  );
  if (second === -1) return;
  const field = `/answers/${second}/question`;
  throw new RequestRefused(
    "invalid-request",
    `${field} of the body: ${answers[second]?.question} is answered twice`,
    { field },
  );
}
