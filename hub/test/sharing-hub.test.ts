// The whole hub with a receiver to send to: it is wired, it answers, and whatever is answered in a period opens no socket within it.
import { SharingOverview, SharingPreview, readReport } from "@tidemark/proto";
import { expect, test } from "vitest";
import { bodyOf, startTestHub } from "./running-hub.ts";
import { sha256 } from "./sharing-parts.ts";
import { startReportReceiver } from "./sharing-receiver.ts";
import { countSockets } from "./socket-counter.ts";

test.each([
  [{}, null, 200, "yes"],
  [{ DO_NOT_TRACK: "1" }, "DO_NOT_TRACK", 409, "unasked"],
])(
  "a hub with %o shares nothing unasked",
  async (env: Record<string, string>, lock, status, state) => {
    const receiver = await startReportReceiver();
    using sockets = countSockets();
    const hub = await startTestHub({ TIDEMARK_SHARING_RECEIVER: receiver.url, ...env });
    const token = hub.tokens.admin;
    const overview = async () =>
      bodyOf(await hub.fetch("/api/v1/sharing", { token }), SharingOverview);
    expect(await overview()).toMatchObject({ lock, receiver: receiver.url, nextSendMs: null });
    const preview = await bodyOf(
      await hub.fetch("/api/v1/sharing/preview", { token }),
      SharingPreview,
    );
    // A hub without hosts knows its own environment alone.
    expect(preview.reports.map(({ question }) => question)).toEqual(["hub.environment"]);
    for (const { text } of preview.reports) expect(typeof readReport(text)).toBe("object");

    const answers = [{ question: "hub.environment", answer: "yes" }];
    const answered = await hub.fetch("/api/v1/sharing/answers", {
      token,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ sha256, answers }),
    });
    expect(answered.status).toBe(status);
    const { questions } = await overview();
    expect(questions.find(({ id }) => id === "hub.environment")?.consent.state).toBe(state);
    const metrics = await (await hub.fetch("/metrics", { token })).text();
    expect(metrics).toContain("tidemark_hub_sharing_waiting 0");
    await hub.stop();
    expect(sockets.opened.filter((place) => receiver.url.endsWith(place))).toEqual([]);
    expect(receiver.connections()).toBe(0);
    await receiver.stop();
  },
);
