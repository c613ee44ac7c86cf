import { Compile } from "typebox/compile";
import { expect, test } from "vitest";
import { newId } from "../ids.ts";
import { AgentPatch } from "./agents.ts";
import { NewRun } from "./runs.ts";

const isRun = Compile(NewRun);
const isPatch = Compile(AgentPatch);
const run = {
  agent: newId(),
  target: "http://127.0.0.1/",
  ratePerSecond: 1,
  connections: 1,
  durationSeconds: 1,
};
const takes = (name: string) => [
  isRun.Check({ ...run, name }),
  isPatch.Check({ name }),
  isPatch.Check({ labels: { zone: name } }),
];

test.each(["\u0000", "\n", "\u0085", "\u061c", "\u200b", "\u202e", "\u2066", "\u2060", "\ufeff"])(
  "a name that hides %j is refused",
  (hidden) => {
    expect(takes(`rack${hidden}1`)).toEqual([false, false, false]);
  },
);

test.each(["rack 1", "Zürich-β", "東京 🗼", "a/b:c"])("%s is a name", (name) => {
  expect(takes(name)).toEqual([true, true, true]);
});
