// Frames other than HEADERS, CONTINUATION and DATA: whether they are what they must be, and what they say.
import {
  type ErrorCode,
  errorCodes,
  flags,
  frameTypes,
  readUint32,
  windowBytesMax,
} from "./frames.ts";
import { type PeerSettings, readSettings } from "./peer-settings.ts";

const { noError, protocolError, frameSizeError } = errorCodes;
/** Of a GOAWAY's debug data so much is shown. */
const debugBytesMax = 200;

export interface ControlEvents {
  settings(theirs: PeerSettings): ErrorCode;
  /** `stream` 0: the connection's window. */
  windowUpdate(stream: number, increment: number): ErrorCode;
  reset(stream: number, code: number): ErrorCode;
  ping(payload: Uint8Array): void;
  pong(): void;
  /** Streams past `lastStream` were not looked at. */
  goAway(lastStream: number, code: number, debug: string): void;
}

/** Tells `events` of the frame whose payload is `bytes[from … from + length)`. */
export function takeControl(
  events: ControlEvents,
  type: number,
  flag: number,
  stream: number,
  bytes: Uint8Array,
  from: number,
  length: number,
): ErrorCode {
  const isAck = (flag & flags.ack) !== 0;
  switch (type) {
    case frameTypes.settings: {
      if (stream !== 0) return protocolError;
      if (isAck) return length === 0 ? noError : frameSizeError;
      const theirs = readSettings(bytes.subarray(from, from + length));
      return typeof theirs === "number" ? theirs : events.settings(theirs);
    }
    case frameTypes.windowUpdate:
      if (length !== 4) return frameSizeError;
      return events.windowUpdate(stream, readUint32(bytes, from) & windowBytesMax);
    case frameTypes.rstStream:
      if (length !== 4) return frameSizeError;
      return events.reset(stream, readUint32(bytes, from));
    case frameTypes.ping:
      if (length !== 8) return frameSizeError;
      if (stream !== 0) return protocolError;
      if (isAck) events.pong();
      else events.ping(bytes.subarray(from, from + length));
      return noError;
    case frameTypes.goAway: {
      if (length < 8) return frameSizeError;
      if (stream !== 0) return protocolError;
      const debug = bytes.subarray(from + 8, from + Math.min(length, 8 + debugBytesMax));
      events.goAway(
        readUint32(bytes, from) & windowBytesMax,
        readUint32(bytes, from + 4),
        Buffer.from(debug).toString(),
      );
      return noError;
    }
    case frameTypes.pushPromise:
      // We said that we take none.
      return protocolError;
    default:
      // PRIORITY means nothing any more, and what we do not know is to be ignored (RFC 9113 5.3, 5.5).
      return noError;
  }
}
