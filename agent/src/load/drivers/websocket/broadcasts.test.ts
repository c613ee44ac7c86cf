import { beforeEach, expect, test } from "vitest";
import { Broadcasts, type Member } from "./broadcasts.ts";

const run = "abcdefghijklmnop";
const idOf = (number: number) => `${run}-000000000${number}`;

let delivered: [string, boolean][];
let broadcasts: Broadcasts;
const member = (name: string): Member => ({
  delivered: (expected) => void delivered.push([name, expected]),
});
const [first, second, third] = ["first", "second", "third"].map((name) => member(name)) as [
  Member,
  Member,
  Member,
];

beforeEach(() => {
  delivered = [];
  broadcasts = new Broadcasts(run);
  broadcasts.join(first);
  broadcasts.join(second);
});

function receive(who: Member, text: string, expected = true): void {
  // Within a larger read, as messages arrive.
  const bytes = Buffer.from(`${idOf(9)}${text}${idOf(9)}`);
  const from = idOf(9).length;
  broadcasts.received(who, bytes, from, from + text.length, expected);
}

test("is delivered when the last member has received it, once", () => {
  broadcasts.begin(idOf(1), first);
  receive(first, idOf(1));
  receive(first, idOf(1));
  expect(delivered).toEqual([]);
  receive(second, `{"id":"${idOf(1)}"}`);
  receive(second, idOf(1));
  expect(delivered).toEqual([["first", true]]);
});

test("knows several apart, also by an id that does not come first in the message", () => {
  broadcasts.begin(idOf(1), first);
  broadcasts.begin(idOf(2), second);
  for (const who of [first, second]) receive(who, `${run} ${idOf(2)}`);
  expect(delivered).toEqual([["second", true]]);
  for (const who of [first, second]) receive(who, `re: ${idOf(3)}, ${idOf(1)}`);
  expect(delivered).toEqual([
    ["second", true],
    ["first", true],
  ]);
});

test("is as expected only if every copy is", () => {
  broadcasts.begin(idOf(1), first);
  receive(second, idOf(1), false);
  receive(first, idOf(1), true);
  expect(delivered).toEqual([["first", false]]);
});

test("passes over messages of others, whatever they hold", () => {
  receive(first, idOf(1));
  broadcasts.begin(idOf(1), first);
  for (const text of ["", "news", run, `${run}-`, idOf(1).slice(0, -1), idOf(2)])
    for (const who of [first, second]) receive(who, text);
  expect(delivered).toEqual([]);
});

test("does not wait for who joins later, nor for who leaves, and says so after the leaving", async () => {
  broadcasts.begin(idOf(1), first);
  broadcasts.join(third);
  receive(first, idOf(1));
  broadcasts.leave(second);
  broadcasts.leave(second);
  // Not from within the call that closes a connection.
  expect(delivered).toEqual([]);
  await Promise.resolve();
  expect(delivered).toEqual([["first", true]]);
});

test("is over when its sender leaves", async () => {
  broadcasts.begin(idOf(1), first);
  receive(first, idOf(1));
  broadcasts.leave(first);
  receive(second, idOf(1));
  await Promise.resolve();
  expect(delivered).toEqual([]);
});
