// An interval in which nothing happened.
import type { Delta } from "../src/load/generator/recorder.ts";
import { Recorder } from "../src/load/generator/recorder.ts";

export const emptyDelta = (): Delta => new Recorder().take();
