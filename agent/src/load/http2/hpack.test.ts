import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BlockMemo } from "./header-block.ts";
import { HeaderDecoder } from "./header-decoder.ts";
import { HeaderEncoder } from "./header-encoder.ts";
import { type Field, staticFields } from "./header-table.ts";
import { huffmanDecode, huffmanEncode, huffmanLength } from "./huffman.ts";

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const lines = (fields: readonly Field[] | undefined) =>
  fields?.map(({ name, value }) => `${name}: ${value}`);
const decoderOf = (tableBytes: number) => {
  const decoder = new HeaderDecoder(65_536);
  decoder.table.resize(tableBytes);
  return decoder;
};
const tableOf = ({ table }: HeaderDecoder) =>
  lines(Array.from({ length: table.length }, (_, index) => table.at(index)!));

const request = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
const requests = [
  request,
  [...request, "cache-control: no-cache"],
  [
    ":method: GET",
    ":scheme: https",
    ":path: /index.html",
    ":authority: www.example.com",
    "custom-key: custom-value",
  ],
];
const date = (second: number) => `date: Mon, 21 Oct 2013 20:13:${second} GMT`;
const cookie = "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
const location = "location: https://www.example.com";
const responses = [
  [":status: 302", "cache-control: private", date(21), location],
  [":status: 307", "cache-control: private", date(21), location],
  [":status: 200", "cache-control: private", date(22), location, "content-encoding: gzip", cookie],
];
const requestTable = [
  "custom-key: custom-value",
  "cache-control: no-cache",
  ":authority: www.example.com",
];
const responseTable = [cookie, "content-encoding: gzip", date(22)];

/** The examples of RFC 7541 appendix C: table size, blocks, what they say, the table after them and its size. */
const examples: readonly [string, number, readonly string[], string[][], string[], number][] = [
  [
    "C.3",
    4_096,
    [
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ],
    requests,
    requestTable,
    164,
  ],
  [
    "C.4, with Huffman",
    4_096,
    [
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ],
    requests,
    requestTable,
    164,
  ],
  [
    "C.5, with eviction",
    256,
    [
      "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "4803 3330 37c1 c0bf",
      "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
    ],
    responses,
    responseTable,
    215,
  ],
  [
    "C.6, with both",
    256,
    [
      "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
      "4883 640e ffc1 c0bf",
      "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
    ],
    responses,
    responseTable,
    215,
  ],
];

test.each(examples)("decodes RFC 7541 %s", (_, tableBytes, blocks, wanted, table, bytes) => {
  const decoder = decoderOf(tableBytes);
  blocks.forEach((hex, index) => {
    const block = bytesOf(hex);
    expect(lines(decoder.decode(block, 0, block.length))).toEqual(wanted[index]);
  });
  expect(tableOf(decoder)).toEqual(table);
  expect(decoder.table.bytes).toBe(bytes);
});

test.each([
  ["C.2.1", "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", 1],
  ["C.2.2", "040c 2f73 616d 706c 652f 7061 7468", 0],
  ["C.2.3", "1008 7061 7373 776f 7264 0673 6563 7265 74", 0],
  ["C.2.4", "82", 0],
])("decodes RFC 7541 %s and keeps what is to be kept", (_, hex, kept) => {
  const decoder = decoderOf(4_096);
  const block = bytesOf(hex);
  expect(decoder.decode(block, 0, block.length)).toHaveLength(1);
  expect(decoder.table.length).toBe(kept);
});

test("encodes the requests of RFC 7541 C.4 to the very same bytes", () => {
  const encoder = new HeaderEncoder();
  requests.forEach((wanted, index) => {
    const fields = wanted.map((line) => {
      const [, name = "", value = ""] = /^(:?[^:]+): (.*)$/.exec(line) ?? [];
      return { name, value };
    });
    const bytes = Buffer.alloc(HeaderEncoder.bytesMax(fields));
    const end = encoder.encode(fields, bytes, 0);
    expect(bytes.subarray(0, end)).toEqual(bytesOf(examples[1]![2][index]!));
  });
});

describe("Huffman's code", () => {
  const latin1 = fc
    .array(fc.nat(255), { maxLength: 200 })
    .map((codes) => String.fromCharCode(...codes));

  test("brings every text back, in as many bytes as announced", () => {
    fc.assert(
      fc.property(latin1, (text) => {
        const bytes = new Uint8Array(huffmanLength(text));
        expect(huffmanEncode(text, bytes, 0)).toBe(bytes.length);
        expect(huffmanDecode(bytes, 0, bytes.length)).toBe(text);
      }),
    );
  });

  test.each([
    ["padding of eight bits", "ff"],
    ["padding of a whole byte", "1fff"],
    ["padding with a zero", "00"],
    ["EOS", "ffffffff fc"],
  ])("refuses %s", (_, hex) => {
    const bytes = bytesOf(hex);
    expect(huffmanDecode(bytes, 0, bytes.length)).toBeUndefined();
  });
});

const field = fc.record({
  name: fc.constantFrom(":path", "date", "x-id", "cookie", "user-agent", "x-long", "via"),
  value: fc.oneof(
    fc.constantFrom("", "GET", "/", "one", "two", "x".repeat(300), "y".repeat(3_000)),
    fc.string({ maxLength: 40, unit: "binary-ascii" }),
  ),
});

test("what the encoder writes the decoder reads, whatever the table's size becomes", () => {
  const step = fc.record({
    tableBytes: fc.option(fc.constantFrom(0, 64, 100, 512, 4_096, 65_536), { nil: undefined }),
    fields: fc.array(field, { maxLength: 12 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const encoder = new HeaderEncoder();
      const decoder = new HeaderDecoder(1_000_000);
      for (const { tableBytes, fields } of steps) {
        if (tableBytes !== undefined) encoder.resize(tableBytes);
        const bytes = Buffer.alloc(HeaderEncoder.bytesMax(fields));
        const end = encoder.encode(fields, bytes, 0);
        expect(end).toBeLessThanOrEqual(bytes.length);
        expect(decoder.decode(bytes, 0, end)).toEqual(fields);
      }
    }),
  );
});

test("bytes of any kind are decoded or refused, and never kept past the table's bound", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (blocks) => {
      const decoder = new HeaderDecoder(65_536);
      for (const block of blocks) {
        decoder.decode(block, 0, block.length);
        expect(decoder.table.bytes).toBeLessThanOrEqual(4_096);
      }
    }),
  );
});

test.each([
  ["an index of no field", "ff00"],
  ["index 0", "80"],
  ["a text longer than the block", "0005 61"],
  ["a text without its length", "00"],
  ["an integer without an end", "ffff ffff ffff ffff ff"],
  ["a table larger than we allow", "3fe1ff03"],
  ["a table's size after a field", "82 20"],
])("refuses %s", (_, hex) => {
  const block = bytesOf(hex);
  expect(decoderOf(4_096).decode(block, 0, block.length)).toBeUndefined();
});

test("refuses a list of fields past its bound, though a few bytes call for it", () => {
  const decoder = new HeaderDecoder(65_536);
  const large = [{ name: "x-large", value: "v".repeat(2_000) }];
  const bytes = Buffer.alloc(HeaderEncoder.bytesMax(large));
  const end = new HeaderEncoder().encode(large, bytes, 0);
  expect(decoder.decode(bytes, 0, end)).toEqual(large);
  const again = Buffer.alloc(40, 0x80 | (staticFields.length + 1));
  expect(decoder.decode(again, 0, again.length)).toBeUndefined();
});

test("a remembered block says what decoding it anew would say, and leaves the same table", () => {
  const plain = fc.record({
    name: fc.constantFrom(":status", "date", "server", "x-id"),
    value: fc.constantFrom("200", "404", "nginx", "monday", "tuesday"),
  });
  // Blocks by encoders of several states, repeated: some refer to the table, some fill it, some do neither.
  const lists = fc.array(
    fc.tuple(fc.array(plain, { maxLength: 4 }), fc.integer({ min: 1, max: 3 })),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(lists, fc.boolean(), (steps, isFresh) => {
      const remembering = new HeaderDecoder(65_536);
      const anew = new HeaderDecoder(65_536);
      const memo = new BlockMemo();
      let encoder = new HeaderEncoder();
      for (const [fields, times] of steps)
        for (let time = 0; time < times; time += 1) {
          const bytes = Buffer.alloc(HeaderEncoder.bytesMax(fields));
          const end = encoder.encode(fields, bytes, 0);
          const wanted = anew.decode(bytes, 0, end);
          expect(memo.read(remembering, bytes, 0, end)?.fields).toEqual(wanted);
          expect(tableOf(remembering)).toEqual(tableOf(anew));
          // A server that fills the table with the same again and again, as nginx does.
          if (isFresh) encoder = new HeaderEncoder();
        }
    }),
  );
});

test.each([
  [":status: 200|server: x", 200],
  ["grpc-status: 0", 0],
  ["server: x|:status: 200", -1],
  [":status: 200|:status: 200", -1],
  [":status: 20", -1],
  [":path: /", -1],
  [":status: 200|Server: x", -1],
  [":status: 200|server: a\nb", -1],
])("a block of %j has status %s", (text, status) => {
  const fields = text.split("|").map((line) => {
    const at = line.indexOf(":", 1);
    return { name: line.slice(0, at), value: line.slice(at + 2) };
  });
  const bytes = Buffer.alloc(HeaderEncoder.bytesMax(fields));
  const end = new HeaderEncoder().encode(fields, bytes, 0);
  expect(new BlockMemo().read(new HeaderDecoder(65_536), bytes, 0, end)?.status).toBe(status);
});
