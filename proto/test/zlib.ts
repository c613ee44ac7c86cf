// The compression that agent and hub hand to proto, and a bound on what a bomb can cost.
import { deflateRawSync, deflateSync, inflateRawSync, inflateSync } from "node:zlib";
import type { Deflate, Inflate } from "../src/index.ts";

export const deflate: Deflate = (body) => deflateRawSync(body, { level: 1 });
export const inflate: Inflate = (bytes, bytesMax) =>
  inflateRawSync(bytes, { maxOutputLength: bytesMax });
export const zlib = (body: Uint8Array): Uint8Array => deflateSync(body);
export const unzlib: Inflate = (bytes, bytesMax) =>
  inflateSync(bytes, { maxOutputLength: bytesMax });
