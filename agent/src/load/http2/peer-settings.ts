// The peer's SETTINGS (RFC 9113 6.5.2): what it says of itself, or why that cannot be.
import {
  type ErrorCode,
  errorCodes,
  frameBytesDefault,
  frameBytesMax,
  readUint32,
  settings,
  windowBytesMax,
} from "./frames.ts";

/** What one SETTINGS frame changes. */
export interface PeerSettings {
  tableBytes?: number;
  streamsMax?: number;
  windowBytes?: number;
  frameBytes?: number;
}

export function readSettings(payload: Uint8Array): PeerSettings | ErrorCode {
  if (payload.length % 6 !== 0) return errorCodes.frameSizeError;
  const read: PeerSettings = {};
  for (let at = 0; at < payload.length; at += 6) {
    const id = ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
    const value = readUint32(payload, at + 2);
    switch (id) {
      case settings.headerTableSize:
        read.tableBytes = value;
        break;
      case settings.enablePush:
        if (value !== 0) return errorCodes.protocolError;
        break;
      case settings.maxConcurrentStreams:
        read.streamsMax = value;
        break;
      case settings.initialWindowSize:
        if (value > windowBytesMax) return errorCodes.flowControlError;
        read.windowBytes = value;
        break;
      case settings.maxFrameSize:
        if (value < frameBytesDefault || value > frameBytesMax) return errorCodes.protocolError;
        read.frameBytes = value;
        break;
      default:
        // Unknown settings are to be ignored, and the size of its own header list is the server's affair.
        break;
    }
  }
  return read;
}
