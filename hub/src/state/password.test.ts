import { argon2Sync } from "node:crypto";
import { expect, test } from "vitest";
import { PasswordsBusy, hashPassword, verifyPassword } from "./password.ts";

test("a hash names its cost, and two of one password differ", async () => {
  const [first, second] = await Promise.all([hashPassword("correct"), hashPassword("correct")]);
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(first).not.toBe(second);
  expect(await verifyPassword("correct", first)).toBe(true);
  expect(await verifyPassword("Correct", first)).toBe(false);
});

test("a hash with another cost, from before or after an upgrade, is understood", async () => {
  const nonce = Buffer.from("saltsaltsaltsalt");
  const hash = argon2Sync("argon2id", {
    message: "correct",
    nonce,
    parallelism: 2,
    tagLength: 32,
    memory: 256,
    passes: 3,
  });
  const bare = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  const stored = `$argon2id$v=19$m=256,t=3,p=2$${bare(nonce)}$${bare(hash)}`;
  expect(await verifyPassword("correct", stored)).toBe(true);
  expect(await verifyPassword("wrong", stored)).toBe(false);
});

test.each([undefined, "", "plain", "$argon2i$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"])(
  "nothing matches %s",
  async (stored) => {
    expect(await verifyPassword("", stored)).toBe(false);
    expect(await verifyPassword("plain", stored)).toBe(false);
  },
);

test("the same letters in another composition are the same password", async () => {
  const stored = await hashPassword("caf\u00e9");
  expect(await verifyPassword("cafe\u0301", stored)).toBe(true);
});

test("more sign-ins at once than fit are refused, and the rest come through", async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 80 }, () => verifyPassword("x", undefined)),
  );
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(80 - 68);
  for (const outcome of refused)
    expect(outcome).toMatchObject({ reason: expect.any(PasswordsBusy) });
  expect(await verifyPassword("x", undefined)).toBe(false);
});
