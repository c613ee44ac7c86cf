// A histogram as other HDR tools read it.
import { deflateSync } from "node:zlib";
import { type Histogram, encodeHistogram } from "@tidemark/proto";

/** HdrHistogram V2 compressed, base64. */
export function encodedHistogram(histogram: Histogram): string {
  return Buffer.from(encodeHistogram(histogram, deflateSync)).toString("base64");
}
