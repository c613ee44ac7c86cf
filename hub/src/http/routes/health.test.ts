import { fastify } from "fastify";
import { expect, test } from "vitest";
import type { LaneFailure } from "../../lane-watch.ts";
import { serializerCompiler, validatorCompiler } from "../validation.ts";
import { answerError } from "../problems.ts";
import type { App, RouteDeps } from "../deps.ts";
import { health } from "./health.ts";

test("a hub that lost a lane is not ready, and says which", async () => {
  let failure: LaneFailure | undefined;
  const app = fastify() as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler(true));
  app.setErrorHandler(answerError);
  health(app, {
    broker: { isConnected: () => true },
    database: { query: async () => [] },
    lanes: { failure: () => failure },
  } as unknown as RouteDeps);

  expect((await app.inject("/readyz")).statusCode).toBe(200);
  failure = { lane: "results", cause: new Error("a secret detail") };
  const reply = await app.inject("/readyz");
  expect(reply.statusCode).toBe(503);
  expect(reply.json()).toMatchObject({
    code: "unavailable",
    detail: "lane results has ended; the hub's log says why",
  });
});
