import { lineColour } from "../../../charts/colour-names.ts";
import type { Frame } from "../../../charts/frame.ts";
import { drawn, highest, lineOf, pick } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

const linesMax = 8;

function sensors(frame: Frame, metric: string) {
  const found = pick(frame, metric).map((series, index) =>
    lineOf(
      series,
      series.labels["hw.name"] ?? series.labels["hw.id"] ?? "sensor",
      lineColour(index),
    ),
  );
  return highest(found, linesMax);
}

export const hardware: Section = {
  id: "sensors",
  title: "Temperatures and fans",
  expected: 1,
  absent: "This host has no sensors that its kernel shows; virtual machines seldom do.",
  metrics: ["hw.temperature", "hw.fan.speed"],
  charts: (frame) =>
    drawn(
      {
        key: "temperature",
        title: "Temperature",
        unit: "celsius",
        lines: sensors(frame, "hw.temperature"),
      },
      { key: "fans", title: "Fans", unit: "rpm", lines: sensors(frame, "hw.fan.speed") },
    ),
};
