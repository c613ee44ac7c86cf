import { randomBytes, sign } from "node:crypto";
import fc from "fast-check";
import { reportBodyBytes, reportTextBytesMax } from "@tidemark/proto";
import { describe, expect, test } from "vitest";
import { open, reportKey, seal } from "./envelope.ts";

const key = reportKey(Buffer.alloc(32, 7));
const text = '{"delete":"00"}';
const headBytes = reportBodyBytes - reportTextBytesMax;

/** A body whose head is right and whose text is `bytes`, signed over `signed`. */
function bodyOf(bytes: Buffer, signed: Buffer = bytes): Buffer {
  const body = Buffer.alloc(reportBodyBytes, " ");
  const signature = sign(null, signed, key.privateKey).toString("base64url");
  body.write(`${key.publicKey}.${signature}\n`, "latin1");
  bytes.copy(body, headBytes);
  return body;
}

/** The same bits with another last character: base64url ignores what is left over of it. */
function respelled(spelling: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = letters.indexOf(spelling.slice(-1));
  return `${spelling.slice(0, -1)}${letters[last ^ 1]}`;
}

describe("a body", () => {
  test("gives the key and the text that were sealed", async () => {
    expect(await open(seal(text, key))).toEqual({ publicKey: key.publicKey, text });
  });

  test("is refused with any byte changed, added or left out", async () => {
    const body = seal(text, key);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: reportBodyBytes - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const changed = Buffer.from(body);
          changed[at] = (changed[at] ?? 0) ^ change;
          expect(await open(changed)).toMatch(/^(form|signature)$/);
        },
      ),
    );
    expect(await open(body.subarray(1))).toBe("size");
    expect(await open(Buffer.concat([body, Buffer.from(" ")]))).toBe("size");
  });

  test("is refused whatever bytes it holds", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: reportBodyBytes, maxLength: reportBodyBytes }),
        async (bytes) => {
          expect(await open(bytes)).toMatch(/^(form|signature)$/);
        },
      ),
    );
  });

  test("is refused with a key that is no point, or another's", async () => {
    for (const raw of [Buffer.alloc(32, 0xff), randomBytes(32)]) {
      const body = seal(text, key);
      body.write(raw.toString("base64url"), "latin1");
      expect(await open(body)).toBe("signature");
    }
  });

  test("has one spelling of its key and of its signature", async () => {
    for (const [at, length] of [
      [0, 43],
      [44, 86],
    ] as const) {
      const body = seal(text, key);
      body.write(respelled(body.toString("latin1", at, at + length)), at, "latin1");
      expect(await open(body)).toBe("form");
    }
  });

  test("is refused when its text is not UTF-8, even signed as it would read", async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    expect(await open(bodyOf(bytes))).toBe("form");
    expect(await open(bodyOf(bytes, Buffer.from(bytes.toString("utf8"))))).toBe("form");
  });
});
