// Bounds of an HTTP/2 connection, ours and what we tell the peer.

export const http2Limits = {
  /** What the peer may send ahead on a stream, and on the connection; given back when half of it is used up. */
  streamWindowBytes: 16_777_216,
  connectionWindowBytes: 67_108_864,
  /** Bytes written that the peer has not taken: past it request bodies wait. */
  outputBytesMax: 1_048_576,
  /** Past this a peer that does not read, though it sends, is given up. */
  outputBytesLost: 4_194_304,
  /** The last stream id but room for every stream that may be begun in the same turn of the loop. */
  streamIdMax: 0x7fff_0000,
  /** How long a connection without a stream is kept for the next one, ms. */
  lingerMs: 1_000,
} as const;
