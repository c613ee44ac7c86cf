import { drawn, highest, linesBy } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

const linesMax = 8;

export const filesystems: Section = {
  id: "filesystems",
  title: "Filesystems",
  expected: 1,
  absent: "This host reports no filesystems.",
  metrics: [
    "system.filesystem.utilization",
    "system.filesystem.usage",
    "system.filesystem.inodes.usage",
  ],
  charts: (frame) =>
    drawn({
      key: "utilization",
      title: "Used",
      help: "Fraction used, as df counts it",
      unit: "percent",
      top: 1,
      lines: highest(
        linesBy(frame, "system.filesystem.utilization", "system.filesystem.mountpoint"),
        linesMax,
      ),
    }),
};
