// Telling a running broker, over its system account, what an account is from now on.
import type { NatsConnection } from "@nats-io/transport-node";
import { jsonParser } from "@tidemark/proto";
import { Type } from "typebox";
import { BrokerFailed } from "./errors.ts";

const replyMs = 3_000;

const Answer = Type.Object({
  data: Type.Optional(Type.Object({ code: Type.Number(), message: Type.Optional(Type.String()) })),
  error: Type.Optional(
    Type.Object({ code: Type.Number(), description: Type.Optional(Type.String()) }),
  ),
});
const parseAnswer = jsonParser(Answer, "answer to a change of claims");

/** Pushes an account JWT; connections it no longer allows are cut before this resolves or within milliseconds. */
export async function pushAccount(system: NatsConnection, accountJwt: string): Promise<void> {
  let bytes: Uint8Array;
  try {
    const reply = await system.request("$SYS.REQ.CLAIMS.UPDATE", accountJwt, { timeout: replyMs });
    bytes = reply.data;
  } catch (cause) {
    throw new BrokerFailed(
      "claims-refused",
      "the broker did not answer a change of claims: it needs `resolver { type: full }`",
      { cause },
    );
  }
  const { data, error } = parseAnswer(bytes);
  if (data?.code === 200) return;
  const reason = error?.description ?? data?.message ?? "no reason given";
  throw new BrokerFailed("claims-refused", `the broker refused a change of claims: ${reason}`);
}

/** The JWT of `account` as the broker has it. */
export async function lookupAccount(system: NatsConnection, account: string): Promise<string> {
  try {
    const reply = await system.request(`$SYS.REQ.ACCOUNT.${account}.CLAIMS.LOOKUP`, undefined, {
      timeout: replyMs,
    });
    return reply.string();
  } catch (cause) {
    throw new BrokerFailed("claims-refused", "the broker did not say what the account is", {
      cause,
    });
  }
}
