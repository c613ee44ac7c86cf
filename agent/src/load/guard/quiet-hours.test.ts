import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { quietHoursOf, quietWithin } from "./quiet-hours.ts";

const hours = (text: string) => {
  const parsed = quietHoursOf(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
/** Local time in November 2026, whose 25th is a Wednesday. */
const at = (day: number, hour: number, minute = 0) =>
  new Date(2026, 10, day, hour, minute).getTime();

test.each([
  "",
  "22:00",
  "22:00-22:00",
  "24:00-06:00",
  "22:60-06:00",
  "25:00-06:00",
  "2:00-06:00",
  "22:00-24:01",
  "xyz 22:00-06:00",
  "mon-tue-wed 22:00-06:00",
  "mon; 22:00-06:00",
  "22:00-06:00 mon",
])("%j is no time of the day", (text) => expect(quietHoursOf(text)).toBeUndefined());

test.each([
  ["mon", [1]],
  ["mon-fri", [1, 2, 3, 4, 5]],
  ["fri-mon", [5, 6, 0, 1]],
  ["sat,sun", [6, 0]],
  ["Mon,MON-tue", [1, 2]],
])("%s are days", (text, days) => {
  expect(hours(`${text} 08:00-18:00`)).toEqual({ fromMinute: 480, toMinute: 1_080, days });
});

test.each([
  ["inside", ["11:00-13:00"], at(25, 12), at(25, 12, 5), at(25, 12)],
  ["reached into", ["12:03-13:00"], at(25, 12), at(25, 12, 5), at(25, 12, 3)],
  ["touched at its last moment", ["12:05-13:00"], at(25, 12), at(25, 12, 5), at(25, 12, 5)],
  ["over as it begins", ["11:00-12:00"], at(25, 12), at(25, 12, 5), undefined],
  ["later that day", ["13:00-14:00"], at(25, 12), at(25, 12, 5), undefined],
  ["begun the night before", ["22:00-06:00"], at(25, 3), at(25, 3, 1), at(25, 3)],
  ["over midnight", ["00:30-01:00"], at(25, 23, 50), at(26, 0, 40), at(26, 0, 30)],
  ["another day", ["mon 11:00-13:00"], at(25, 12), at(25, 12, 5), undefined],
  ["that day", ["wed 11:00-13:00"], at(25, 12), at(25, 12, 5), at(25, 12)],
  ["begun on the day before", ["tue 22:00-06:00"], at(25, 3), at(25, 3, 1), at(25, 3)],
  ["beginning on that day alone", ["wed 22:00-06:00"], at(25, 3), at(25, 3, 1), undefined],
  ["the whole day", ["wed 00:00-24:00"], at(25, 23, 59), at(25, 23, 59), at(25, 23, 59)],
  ["the first of several", ["14:00-15:00", "13:00-14:00"], at(25, 12), at(25, 16), at(25, 13)],
  ["a day ahead", ["11:00-11:30"], at(25, 12), at(26, 12), at(26, 11)],
])("%s", (_, texts, fromMs, toMs, expected) => {
  expect(quietWithin(texts.map(hours), fromMs, toMs)).toBe(expected);
});

test("every quiet moment is found, wherever it lies in a run", () => {
  const minute = fc.integer({ min: 0, max: 1_439 });
  const clock = (value: number) =>
    `${String(Math.floor(value / 60)).padStart(2, "0")}:${String(value % 60).padStart(2, "0")}`;
  fc.assert(
    fc.property(
      minute,
      minute,
      minute,
      fc.integer({ min: 0, max: 1_440 }),
      (from, to, start, length) => {
        fc.pre(from !== to);
        const quiet = [hours(`${clock(from)}-${clock(to)}`)];
        const isQuiet = (value: number) =>
          from < to ? value >= from && value < to : value >= from || value < to;
        const moments = Array.from({ length: length + 1 }, (_, index) => start + index);
        const first = moments.find((value) => isQuiet(value % 1_440));
        expect(quietWithin(quiet, at(24, 0, start), at(24, 0, start + length))).toBe(
          first === undefined ? undefined : at(24, 0, first),
        );
      },
    ),
  );
});

test("keeps to the host's clock when that is put forward", () => {
  const module = JSON.stringify(new URL("quiet-hours.ts", import.meta.url).href);
  const program = `
    const { quietHoursOf, quietWithin } = await import(${module});
    const quiet = [quietHoursOf("02:30-05:00")];
    const fromMs = Date.parse("2026-03-29T00:00:00Z"); // 01:00 in Berlin; at 02:00 it becomes 03:00
    console.log(new Date(quietWithin(quiet, fromMs, fromMs + 4 * 3600000)).toISOString());
    console.log(quietWithin(quiet, Date.parse("2026-03-29T03:00:00Z"), Date.parse("2026-03-29T04:00:00Z")));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { ...process.env, TZ: "Europe/Berlin" },
  });
  expect(said.trim().split("\n")).toEqual(["2026-03-29T01:30:00.000Z", "undefined"]);
});
