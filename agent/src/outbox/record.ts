// How one record lies in a segment file: marker, lengths, seq, wall second, CRC-32, topic, body. A reader that meets bytes it
// cannot believe looks for the next marker whose CRC holds, so damage costs the records it touches and no other.
import { crc32 } from "node:zlib";

/** What an outbox keeps: the topic says where the shipper sends the body, without naming the agent. */
export interface StoredRecord {
  readonly seq: number;
  /** Unix seconds of the append by the host's clock. */
  readonly atSeconds: number;
  readonly topic: string;
  readonly body: Uint8Array;
}

/** Where a whole record was found. `bytes` includes its header. */
export interface FoundRecord extends StoredRecord {
  readonly offset: number;
  readonly bytes: number;
}

export const recordHeaderBytes = 22;
export const topicBytesMax = 255;

const marker = 0x5452;
const checkedBytes = recordHeaderBytes - 4;

/** What `encodeRecord` will take. */
export const recordBytes = (record: StoredRecord): number =>
  recordHeaderBytes + Buffer.byteLength(record.topic, "utf8") + record.body.length;

/** The record as bytes, ready for one write. */
export function encodeRecord(record: StoredRecord): Buffer {
  const topic = Buffer.from(record.topic, "utf8");
  if (topic.length > topicBytesMax)
    throw new RangeError(`a topic of ${topic.length} bytes, more than ${topicBytesMax}`);
  const bytes = Buffer.allocUnsafe(recordHeaderBytes + topic.length + record.body.length);
  bytes.writeUInt16BE(marker, 0);
  bytes.writeUInt16BE(topic.length, 2);
  bytes.writeUInt32BE(record.body.length, 4);
  bytes.writeUIntBE(record.seq, 8, 6);
  bytes.writeUInt32BE(record.atSeconds, 14);
  bytes.set(topic, recordHeaderBytes);
  bytes.set(record.body, recordHeaderBytes + topic.length);
  bytes.writeUInt32BE(checksum(bytes, 0, bytes.length), checkedBytes);
  return bytes;
}

/** The record that begins at `offset`; `undefined` when it is torn, damaged or not a record. The body shares memory with `bytes`. */
export function decodeRecord(bytes: Buffer, offset: number): FoundRecord | undefined {
  if (offset + recordHeaderBytes > bytes.length) return undefined;
  if (bytes.readUInt16BE(offset) !== marker) return undefined;
  const topicBytes = bytes.readUInt16BE(offset + 2);
  const length = recordHeaderBytes + topicBytes + bytes.readUInt32BE(offset + 4);
  if (topicBytes > topicBytesMax || offset + length > bytes.length) return undefined;
  if (checksum(bytes, offset, length) !== bytes.readUInt32BE(offset + checkedBytes))
    return undefined;
  const bodyAt = offset + recordHeaderBytes + topicBytes;
  return {
    seq: bytes.readUIntBE(offset + 8, 6),
    atSeconds: bytes.readUInt32BE(offset + 14),
    topic: bytes.toString("utf8", offset + recordHeaderBytes, bodyAt),
    body: bytes.subarray(bodyAt, offset + length),
    offset,
    bytes: length,
  };
}

/** Every whole record from `start` on, in file order, past whatever damage lies between them. */
export function* scanRecords(bytes: Buffer, start: number): Generator<FoundRecord> {
  let offset = start;
  while (offset + recordHeaderBytes <= bytes.length) {
    const found = decodeRecord(bytes, offset);
    if (found === undefined) {
      offset += 1;
      while (offset + 1 < bytes.length && bytes.readUInt16BE(offset) !== marker) offset += 1;
      continue;
    }
    yield found;
    offset += found.bytes;
  }
}

function checksum(bytes: Buffer, offset: number, length: number): number {
  const head = crc32(bytes.subarray(offset, offset + checkedBytes));
  return crc32(bytes.subarray(offset + recordHeaderBytes, offset + length), head);
}
