// What a section of the host page is: a title, the metrics it asks for, and charts made from the answer. Pure, so that a
// section reads as a description of what it shows.
import type { MetricName } from "@tidemark/proto";
import type { Frame } from "../../charts/frame.ts";
import type { ChartView } from "../../charts/view.ts";

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly MetricName[];
  /** Charts to keep room for until the answer is there. */
  readonly expected: number;
  /** What to say when the host reports none of this. */
  readonly absent: string;
  charts(frame: Frame): readonly ChartView[];
}
