// Every trap of HTTP/2's framing, set by a scripted server and told stream by stream.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { LoadPlan } from "@tidemark/proto";
import { afterEach, describe, expect, test } from "vitest";
import { http2 } from "../src/load/drivers/http2/http2.ts";
import {
  errorCodes,
  flags,
  frame,
  frameTypes,
  settings,
  uint32Payload,
} from "../src/load/http2/frames.ts";
import { planFor } from "./generated.ts";
import { startScripted } from "./scripted-server.ts";
import {
  type FramePeer,
  type FrameScript,
  type FrameServer,
  type ReceivedFrame,
  dataFrame,
  headFrame,
  settingsFrame,
  startFrameServer,
} from "./support/frame-server.ts";
import { type DrivenStreams, driveStreams, openedStream } from "./support/streams.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function against(
  script: FrameScript,
  change: Partial<LoadPlan> = {},
): Promise<{ server: FrameServer; streams: DrivenStreams }> {
  const server = await startFrameServer(script);
  stops.push(() => server.stop());
  const plan = planFor(server.port, { driver: "http2", connections: 1, ...change });
  return { server, streams: await driveStreams(http2, plan) };
}

const answered = (status = 200, isReusable = true) => ({
  kind: "answered",
  status,
  isReusable,
  isExpected: status < 400,
});
const lost = (error: string) => ({ kind: "lost", error });
/** Waits until the peer has received a frame that is wanted. */
async function frameOf(
  { socket, frames }: FramePeer,
  isWanted: (received: ReceivedFrame) => boolean,
): Promise<ReceivedFrame> {
  for (;;) {
    const found = frames.find(isWanted);
    if (found !== undefined) return found;
    await once(socket, "data");
  }
}
const ok = (peer: FramePeer, stream: number) => peer.write(headFrame(stream, true));

describe("connections and their streams", () => {
  test("the first stream of a connection opens it, the others join, one more opens another", async () => {
    const { server, streams } = await against({ request: ok }, { connections: 2, streams: 2 });
    await openedStream(streams, 1);
    await openedStream(streams, 0);
    await openedStream(streams, 1);
    expect(server.peers).toHaveLength(2);
  });

  test("streams that were asked for while the connection was being made share it", async () => {
    const { server, streams } = await against({ request: ok }, { streams: 3 });
    const opened = [streams.open(), streams.open(), streams.open()];
    expect(await Promise.all(opened.map((stream) => stream.next()))).toEqual([
      { kind: "opened", connects: 1 },
      { kind: "opened", connects: 0 },
      { kind: "opened", connects: 0 },
    ]);
    expect(server.peers).toHaveLength(1);
  });

  test("requests of one turn of the loop leave in one write, later ones in a few bytes", async () => {
    const { server, streams } = await against({ request: ok }, { streams: 4 });
    const all = [await openedStream(streams, 1)];
    while (all.length < 4) all.push(await openedStream(streams, 0));
    const first = all.map(({ connection }) => connection.send());
    await Promise.all(all.map((stream) => stream.next()));
    const second = all.map(({ connection }) => connection.send());
    await Promise.all(all.map((stream) => stream.next()));
    expect(first[0]).toBeGreaterThan(40);
    // Nine bytes of a frame's header, and one or two for each field.
    expect(Math.max(...second)).toBeLessThan(20);
    const [peer] = server.peers;
    expect(new Set(peer?.heads).size).toBe(1);
    expect(peer?.heads).toHaveLength(8);
    expect(peer?.heads[0]).toMatch(
      /^:method: GET\n:scheme: http\n:authority: 127\.0\.0\.1:\d+\n:path: \/\n/,
    );
  });

  test("a stream given up is reset, its late answer ignored, its connection kept", async () => {
    let late: (() => void) | undefined;
    const { server, streams } = await against(
      {
        request(peer, stream, index) {
          if (index > 0) ok(peer, stream);
          else
            late = () =>
              peer.write(
                headFrame(stream, false, "88 4001 7801 79"),
                dataFrame(stream, true, "late"),
              );
        },
      },
      { streams: 2 },
    );
    const one = await openedStream(streams, 1);
    const two = await openedStream(streams, 0);
    one.connection.send();
    two.connection.send();
    expect(await two.next()).toEqual(answered());
    one.connection.close();
    const [peer] = server.peers;
    const reset = await frameOf(peer!, ({ type }) => type === frameTypes.rstStream);
    expect(reset).toMatchObject({ stream: 1, payload: uint32Payload(errorCodes.cancel) });
    late?.();
    const three = await openedStream(streams, 0);
    for (const stream of [two, three]) {
      stream.connection.send();
      expect(await stream.next()).toEqual(answered());
    }
    expect(one.isQuiet).toBe(true);
    expect(server.peers).toHaveLength(1);
  });

  test("a peer that answers not even a PING is left for a new connection", async () => {
    const { server, streams } = await against(
      {
        request(peer, stream) {
          if (peer.index > 0) ok(peer, stream);
        },
      },
      { streams: 1 },
    );
    // The first that is given up sends a PING, the second finds it unanswered.
    for (const connects of [1, 0]) {
      const stream = await openedStream(streams, connects);
      stream.connection.send();
      await frameOf(
        server.peers[0]!,
        ({ type, stream: id }) => type === frameTypes.headers && id === 1,
      );
      stream.connection.close();
    }
    const next = await openedStream(streams, 1);
    next.connection.send();
    expect(await next.next()).toEqual(answered());
    expect(server.peers).toHaveLength(2);
  });

  test("a slow peer that answers a PING keeps its connection", async () => {
    const { server, streams } = await against({
      frame(peer, { type, flag, payload }) {
        if (type === frameTypes.ping && flag === 0)
          peer.write(frame(frameTypes.ping, flags.ack, 0, payload));
      },
      request(peer, stream, index) {
        if (index === 5) ok(peer, stream);
      },
    });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const stream = await openedStream(streams, attempt === 0 ? 1 : 0);
      stream.connection.send();
      stream.connection.close();
      await frameOf(
        server.peers[0]!,
        ({ type, stream: id }) => type === frameTypes.rstStream && id === 2 * attempt + 1,
      );
      // Its answer to the PING has come when what follows it has.
      await settled(server.peers[0]!);
    }
    const last = await openedStream(streams, 0);
    last.connection.send();
    expect(await last.next()).toEqual(answered());
    expect(server.peers).toHaveLength(1);
  });

  test("closes a connection that has had no stream for a while", async () => {
    const { server, streams } = await against({ request: ok });
    const stream = await openedStream(streams, 1);
    stream.connection.close();
    await once(server.peers[0]!.socket, "close");
  });
});

/** Resolves when the client has read all that the server wrote before: it acknowledges a SETTINGS after it. */
async function settled(peer: FramePeer): Promise<void> {
  const isAck = ({ type, flag }: ReceivedFrame) =>
    type === frameTypes.settings && flag === flags.ack;
  const before = peer.frames.filter(isAck).length;
  peer.write(settingsFrame());
  while (peer.frames.filter(isAck).length === before) await once(peer.socket, "data");
}

type Answering = (peer: FramePeer, stream: number) => void;
/** `content-length` is field 28 of the static table, here as a literal without indexing. */
const lengthOf = (digit: number) => `88 0f0d 01 3${digit}`;

describe("responses", () => {
  test.each<[string, Answering, number]>([
    ["a head alone", ok, 200],
    [
      "a head and data",
      (peer, id) => peer.write(headFrame(id, false), dataFrame(id, true, "hello")),
      200,
    ],
    [
      "data that ends with an empty frame",
      (peer, id) =>
        peer.write(headFrame(id, false), dataFrame(id, false, "x"), dataFrame(id, true)),
      200,
    ],
    [
      "padded data",
      (peer, id) =>
        peer.write(
          headFrame(id, false, lengthOf(2)),
          frame(frameTypes.data, flags.padded | flags.endStream, id, Buffer.from("\u0003ok\0\0\0")),
        ),
      200,
    ],
    [
      "trailers",
      (peer, id) =>
        peer.write(
          headFrame(id, false),
          dataFrame(id, false, "x"),
          headFrame(id, true, "4001 7801 79"),
        ),
      200,
    ],
    [
      "interim responses before the real one",
      (peer, id) =>
        peer.write(
          headFrame(id, false, "08 03 313030"),
          headFrame(id, false, "08 03 313033"),
          headFrame(id, true, "8d"),
        ),
      404,
    ],
    [
      "a head split by CONTINUATION",
      (peer, id) =>
        peer.write(
          frame(frameTypes.headers, flags.endStream, id, Buffer.from([0x88])),
          frame(frameTypes.continuation, 0, id),
          frame(
            frameTypes.continuation,
            flags.endHeaders,
            id,
            Buffer.from("4001 7801 79".replaceAll(" ", ""), "hex"),
          ),
        ),
      200,
    ],
    [
      "a padded head with a priority",
      (peer, id) =>
        peer.write(
          frame(
            frameTypes.headers,
            flags.endStream | flags.endHeaders | flags.padded | flags.priority,
            id,
            Buffer.from("020000000010880000", "hex"),
          ),
        ),
      200,
    ],
    ["Huffman", (peer, id) => peer.write(headFrame(id, true, "4882 6402")), 302],
    [
      "a length that is right",
      (peer, id) => peer.write(headFrame(id, false, lengthOf(3)), dataFrame(id, true, "abc")),
      200,
    ],
    [
      "304 that announces a length",
      (peer, id) => peer.write(headFrame(id, true, `8b ${lengthOf(3).slice(3)}`)),
      304,
    ],
    [
      "frames that mean nothing",
      (peer, id) =>
        peer.write(
          frame(frameTypes.priority, 0, id, Buffer.alloc(5)),
          frame(0xbe, 0, 0, Buffer.alloc(9)),
          frame(frameTypes.windowUpdate, 0, id, uint32Payload(1)),
          headFrame(id, true),
        ),
      200,
    ],
  ])("counts %s, again and again", async (_, answer, status) => {
    const { server, streams } = await against({ request: answer });
    const stream = await openedStream(streams, 1);
    for (let time = 0; time < 3; time += 1) {
      stream.connection.send();
      expect(await stream.next()).toEqual(answered(status));
    }
    expect(server.peers).toHaveLength(1);
    expect(streams.bytesReceived()).toBeGreaterThan(27);
  });

  test("takes a response that comes byte by byte", async () => {
    const { streams } = await against({
      request({ socket }, id) {
        const whole = Buffer.concat([
          headFrame(id, false, "4882 6402"),
          dataFrame(id, true, "hello"),
        ]);
        const writeFrom = (at: number) => {
          if (at < whole.length)
            socket.write(whole.subarray(at, at + 1), () => setImmediate(writeFrom, at + 1));
        };
        writeFrom(0);
      },
    });
    const stream = await openedStream(streams, 1);
    stream.connection.send();
    expect(await stream.next()).toEqual(answered(302));
  });

  test("takes a HEAD's length for what it is", async () => {
    const { streams } = await against(
      { request: (peer, id) => peer.write(headFrame(id, true, lengthOf(9))) },
      { method: "HEAD" },
    );
    const stream = await openedStream(streams, 1);
    stream.connection.send();
    expect(await stream.next()).toEqual(answered());
  });

  test("finds an expected text across frames, and misses one that is not there", async () => {
    const { streams } = await against(
      {
        request: (peer, id, index) =>
          peer.write(
            headFrame(id, false),
            dataFrame(id, false, "hel"),
            dataFrame(id, true, index === 0 ? "lo" : "p"),
          ),
      },
      { expect: { statuses: ["2xx"], body: "hello" } },
    );
    const stream = await openedStream(streams, 1);
    for (const isExpected of [true, false]) {
      stream.connection.send();
      expect(await stream.next()).toMatchObject({ status: 200, isExpected });
    }
  });

  /** Errors of one stream: the connection goes on. */
  test.each<[string, Answering, string]>([
    [
      "a reset",
      (peer, id) =>
        peer.write(frame(frameTypes.rstStream, 0, id, uint32Payload(errorCodes.internalError))),
      "reset",
    ],
    [
      "a refusal",
      (peer, id) =>
        peer.write(frame(frameTypes.rstStream, 0, id, uint32Payload(errorCodes.refusedStream))),
      "refused",
    ],
    [
      "a reset amid the body",
      (peer, id) =>
        peer.write(
          headFrame(id, false),
          dataFrame(id, false, "x"),
          frame(frameTypes.rstStream, 0, id, uint32Payload(0)),
        ),
      "reset",
    ],
    ["101", (peer, id) => peer.write(headFrame(id, false, "08 03 313031")), "malformed"],
    [
      "a head without a status",
      (peer, id) => peer.write(headFrame(id, true, "4001 7801 79")),
      "malformed",
    ],
    ["data before a head", (peer, id) => peer.write(dataFrame(id, true, "x")), "malformed"],
    [
      "an interim response that ends",
      (peer, id) => peer.write(headFrame(id, true, "08 03 313030")),
      "malformed",
    ],
    [
      "trailers that do not end",
      (peer, id) => peer.write(headFrame(id, false), headFrame(id, false, "4001 7801 79")),
      "malformed",
    ],
    [
      "a second head",
      (peer, id) => peer.write(headFrame(id, false), headFrame(id, true)),
      "malformed",
    ],
    [
      "less data than announced",
      (peer, id) => peer.write(headFrame(id, false, lengthOf(9)), dataFrame(id, true, "x")),
      "malformed",
    ],
    [
      "a window update of nothing",
      (peer, id) => peer.write(frame(frameTypes.windowUpdate, 0, id, uint32Payload(0))),
      "malformed",
    ],
  ])("loses one stream by %s", async (_, answer, error) => {
    const { server, streams } = await against(
      { request: (peer, id) => (id === 1 ? answer(peer, id) : ok(peer, id)) },
      { streams: 2 },
    );
    const one = await openedStream(streams, 1);
    const two = await openedStream(streams, 0);
    one.connection.send();
    expect(await one.next()).toEqual(lost(error));
    two.connection.send();
    expect(await two.next()).toEqual(answered());
    const three = await openedStream(streams, 0);
    three.connection.send();
    expect(await three.next()).toEqual(answered());
    expect(server.peers).toHaveLength(1);
  });

  /** Errors of the connection: all its streams are lost, and the peer is told why. */
  test.each<[string, Answering, number]>([
    [
      "a header block that is none",
      (peer, id) => peer.write(headFrame(id, true, "ffff ffff ffff ffff")),
      errorCodes.compressionError,
    ],
    [
      "a head past the bound",
      (peer, id) =>
        peer.write(headFrame(id, true, `4001 78 7f b916 ${"61".repeat(3_000)} ${"be".repeat(30)}`)),
      errorCodes.compressionError,
    ],
    [
      "an endless header block",
      (peer, id) =>
        peer.write(
          frame(frameTypes.headers, 0, id),
          ...Array.from({ length: 9 }, () =>
            frame(frameTypes.continuation, 0, id, Buffer.alloc(8_192)),
          ),
        ),
      errorCodes.enhanceYourCalm,
    ],
    [
      "a flood of empty CONTINUATIONs",
      (peer, id) =>
        peer.write(
          frame(frameTypes.headers, 0, id),
          ...Array.from({ length: 8_000 }, () => frame(frameTypes.continuation, 0, id)),
        ),
      errorCodes.enhanceYourCalm,
    ],
    ["garbage", (peer) => peer.write(Buffer.from("SMTP ready\r\n\r\n")), errorCodes.frameSizeError],
    [
      "a pushed response",
      (peer, id) =>
        peer.write(
          frame(frameTypes.pushPromise, flags.endHeaders, id, Buffer.from([0, 0, 0, 2, 0x82])),
        ),
      errorCodes.protocolError,
    ],
    ["a response to what was not asked", (peer) => ok(peer, 99), errorCodes.protocolError],
    ["a response on a stream of its own", (peer) => ok(peer, 2), errorCodes.protocolError],
    [
      "a window past its bound",
      (peer) => peer.write(frame(frameTypes.windowUpdate, 0, 0, uint32Payload(0x7fff_ffff))),
      errorCodes.flowControlError,
    ],
    [
      "a window's first size past its bound",
      (peer) => peer.write(settingsFrame([settings.initialWindowSize, 0x8000_0000])),
      errorCodes.flowControlError,
    ],
    [
      "a frame size below the least",
      (peer) => peer.write(settingsFrame([settings.maxFrameSize, 100])),
      errorCodes.protocolError,
    ],
    [
      "settings cut off",
      (peer) => peer.write(frame(frameTypes.settings, 0, 0, Buffer.alloc(5))),
      errorCodes.frameSizeError,
    ],
    [
      "a PING of seven bytes",
      (peer) => peer.write(frame(frameTypes.ping, 0, 0, Buffer.alloc(7))),
      errorCodes.frameSizeError,
    ],
  ])("loses the connection by %s", async (_, answer, code) => {
    const { server, streams } = await against(
      { request: (peer, id) => (peer.index === 0 ? answer(peer, id) : ok(peer, id)) },
      { streams: 2, connections: 2 },
    );
    const one = await openedStream(streams, 1);
    const two = await openedStream(streams, 0);
    one.connection.send();
    expect(await one.next()).toEqual(lost("malformed"));
    expect(await two.next()).toEqual(lost("malformed"));
    const goAway = await frameOf(server.peers[0]!, ({ type }) => type === frameTypes.goAway);
    expect(goAway.payload).toEqual(uint32Payload(0, code));
    const next = await openedStream(streams, 1);
    next.connection.send();
    expect(await next.next()).toEqual(answered());
  });

  test("loses all streams when the connection is closed or reset", async () => {
    const { streams } = await against(
      {
        request: ({ socket, index }) =>
          void (index === 0 ? socket.end() : socket.resetAndDestroy()),
      },
      { streams: 2, connections: 2 },
    );
    for (const error of ["closed", "reset"]) {
      const one = await openedStream(streams, 1);
      const two = await openedStream(streams, 0);
      one.connection.send();
      expect(await one.next()).toEqual(lost(error));
      expect(await two.next()).toEqual(lost(error));
    }
  });
});

describe("what the peer allows", () => {
  test("sends no body past the windows, whatever becomes of them", async () => {
    const body = "0123456789".repeat(500);
    const sent = { stream: 0, connection: 0 };
    let windowBytes = 100;
    let received = "";
    const { streams } = await against(
      {
        greeting: [settingsFrame([settings.initialWindowSize, windowBytes])],
        frame(peer, { type, stream, payload }) {
          if (type !== frameTypes.data) return;
          received += payload.toString();
          sent.stream += payload.length;
          sent.connection += payload.length;
          expect(sent.stream).toBeLessThanOrEqual(windowBytes);
          expect(payload.length).toBeLessThanOrEqual(16_384);
          if (received.length === 100) {
            // Below zero, so that this update alone opens nothing, and above it again.
            windowBytes = 0;
            peer.write(
              settingsFrame([settings.initialWindowSize, 0]),
              frame(frameTypes.windowUpdate, 0, stream, uint32Payload(90)),
            );
            sent.stream = 10;
            setTimeout(() => {
              windowBytes = 60;
              peer.write(settingsFrame([settings.initialWindowSize, 60]));
            }, 20);
            return;
          }
          windowBytes += 70;
          peer.write(frame(frameTypes.windowUpdate, 0, stream, uint32Payload(70)));
        },
        request: ok,
      },
      { method: "POST", body },
    );
    const stream = await openedStream(streams, 1);
    expect(stream.connection.send()).toBeGreaterThan(body.length);
    expect(await stream.next()).toEqual(answered());
    expect(received).toBe(body);
  });

  test("shares the connection's window among its streams", async () => {
    const body = "x".repeat(60_000);
    let total = 0;
    let allowed = 65_535;
    const { streams } = await against(
      {
        frame(peer, { type, payload }) {
          if (type !== frameTypes.data) return;
          total += payload.length;
          expect(total).toBeLessThanOrEqual(allowed);
          if (total < allowed) return;
          allowed += 40_000;
          peer.write(frame(frameTypes.windowUpdate, 0, 0, uint32Payload(40_000)));
        },
        request: ok,
      },
      { method: "PUT", body, streams: 3 },
    );
    const all = [
      await openedStream(streams, 1),
      await openedStream(streams, 0),
      await openedStream(streams, 0),
    ];
    for (const { connection } of all) connection.send();
    for (const stream of all) expect(await stream.next()).toEqual(answered());
    expect(total).toBe(3 * body.length);
  });

  test("an answer before the body's end is an answer, and the rest of the body is not sent", async () => {
    const { server, streams } = await against(
      {
        greeting: [settingsFrame([settings.initialWindowSize, 10])],
        frame(peer, { type, stream }) {
          if (type === frameTypes.data) peer.write(headFrame(stream, true, "08 03 343133"));
        },
      },
      { method: "POST", body: "x".repeat(100) },
    );
    const stream = await openedStream(streams, 1);
    stream.connection.send();
    expect(await stream.next()).toEqual(answered(413));
    const reset = await frameOf(server.peers[0]!, ({ type }) => type === frameTypes.rstStream);
    expect(reset.stream).toBe(1);
    stream.connection.send();
    expect(await stream.next()).toEqual(answered(413));
  });

  test("requests past the peer's number of streams wait their turn, and the result says so", async () => {
    const held: (() => void)[] = [];
    let most = 0;
    const { server, streams } = await against(
      {
        greeting: [settingsFrame([settings.maxConcurrentStreams, 2])],
        request(peer, stream) {
          held.push(() => ok(peer, stream));
          most = Math.max(most, held.length);
        },
      },
      { streams: 4 },
    );
    const all = [await openedStream(streams, 1)];
    while (all.length < 4) all.push(await openedStream(streams, 0));
    const told = all.map(({ connection }) => connection.send());
    expect(told.filter((bytes) => bytes === 0)).toHaveLength(2);
    const waiting = all.map((stream) => stream.next());
    for (let answers = 0; answers < 4; answers += 1) {
      while (held.length === 0) await once(server.peers[0]!.socket, "data");
      await settled(server.peers[0]!);
      held.shift()?.();
    }
    expect(await Promise.all(waiting)).toEqual(all.map(() => answered()));
    expect(most).toBe(2);
    expect([...streams.remarks].join()).toContain("takes 2 streams at a time");
    // More may come: what waits is not held back any longer.
    server.peers[0]!.write(settingsFrame([settings.maxConcurrentStreams, 100]));
    await settled(server.peers[0]!);
    for (const { connection } of all) expect(connection.send()).toBeGreaterThan(0);
  });

  test("heads stay readable when the peer's table shrinks, vanishes and comes back", async () => {
    const sizes = [4_096, 100, 0, 0, 65_536, 4_096];
    const { server, streams } = await against(
      {
        request(peer, stream, index) {
          peer.write(
            settingsFrame([settings.headerTableSize, sizes[index % sizes.length]!]),
            headFrame(stream, true),
          );
        },
      },
      {
        headers: [
          { name: "X-Key", value: "value" },
          { name: "Cookie", value: "a=b" },
        ],
      },
    );
    const stream = await openedStream(streams, 1);
    for (let time = 0; time < 12; time += 1) {
      stream.connection.send();
      expect(await stream.next()).toEqual(answered());
    }
    expect(server.peers[0]?.heads).toHaveLength(12);
    expect(new Set(server.peers[0]?.heads).size).toBe(1);
    expect(server.peers[0]?.heads[0]).toContain("\nx-key: value\ncookie: a=b");
  });

  test("a head longer than a frame goes on in CONTINUATIONs", async () => {
    const value = "\u00ff".repeat(8_000);
    const names = ["x-a", "x-b", "x-c", "x-d"];
    const { server, streams } = await against(
      { request: ok },
      { headers: names.map((name) => ({ name, value })) },
    );
    const stream = await openedStream(streams, 1);
    expect(stream.connection.send()).toBeGreaterThan(32_000);
    expect(await stream.next()).toEqual(answered());
    const [peer] = server.peers;
    expect(peer?.frames.some(({ type }) => type === frameTypes.continuation)).toBe(true);
    expect(peer?.heads[0]).toContain(`x-d: ${value}`);
  });

  test("answers PING with the same bytes", async () => {
    const { server, streams } = await against({ request: ok });
    await openedStream(streams, 1);
    const payload = Buffer.from("12345678");
    server.peers[0]!.write(frame(frameTypes.ping, 0, 0, payload));
    const pong = await frameOf(server.peers[0]!, ({ type }) => type === frameTypes.ping);
    expect(pong).toMatchObject({ flag: flags.ack, payload });
  });

  test("gives up a peer that makes us talk and does not listen", async () => {
    const { streams } = await against({
      request({ socket }) {
        socket.pause();
        const flood = Buffer.concat(
          Array.from({ length: 4_000 }, () => frame(frameTypes.ping, 0, 0, Buffer.alloc(8))),
        );
        const pour = () => {
          while (!socket.destroyed && socket.write(flood));
          socket.once("drain", pour);
        };
        pour();
      },
    });
    const stream = await openedStream(streams, 1);
    stream.connection.send();
    expect(await stream.next()).toEqual(lost("closed"));
  });
});

describe("GOAWAY", () => {
  const goAway = (last: number, code = 0, text = "") =>
    frame(frameTypes.goAway, 0, 0, Buffer.concat([uint32Payload(last, code), Buffer.from(text)]));

  test("lets finish what may finish, refuses the rest, and goes on elsewhere", async () => {
    const { server, streams } = await against(
      {
        request(peer, stream, index) {
          if (peer.index > 0) ok(peer, stream);
          else if (index === 1) {
            peer.write(goAway(1));
            setImmediate(() => ok(peer, 1));
          }
        },
      },
      { streams: 3, connections: 2 },
    );
    const one = await openedStream(streams, 1);
    const two = await openedStream(streams, 0);
    const idle = await openedStream(streams, 0);
    one.connection.send();
    two.connection.send();
    expect(await two.next()).toEqual(lost("refused"));
    expect(await idle.next()).toEqual(lost("closed"));
    // Joins no connection that is on its way out.
    const elsewhere = await openedStream(streams, 1);
    expect(await one.next()).toEqual(answered(200, false));
    one.connection.close();
    await once(server.peers[0]!.socket, "close");
    elsewhere.connection.send();
    expect(await elsewhere.next()).toEqual(answered());
    expect([...streams.remarks].join()).toContain("count as refused");
  });

  test("an error in it is said aloud", async () => {
    const { streams } = await against({
      request: (peer) => peer.write(goAway(0, errorCodes.enhanceYourCalm, "too_many_pings")),
    });
    const stream = await openedStream(streams, 1);
    stream.connection.send();
    expect(await stream.next()).toEqual(lost("refused"));
    expect([...streams.remarks].join()).toContain('error code 11 "too_many_pings"');
  });

  test("a request that was handed over in the same moment is refused, not forgotten", async () => {
    const { server, streams } = await against({ greeting: [settingsFrame(), goAway(0x7fff_ffff)] });
    // Opened by the SETTINGS and sent on at once, the GOAWAY being next in the same read.
    const stream = streams.open();
    expect(await stream.next()).toEqual({ kind: "opened", connects: 1 });
    expect(await stream.next()).toEqual(lost("closed"));
    expect(server.peers).toHaveLength(1);
  });
});

describe("connecting", () => {
  test("a server that is not there refuses", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const streams = await driveStreams(http2, planFor(port, { driver: "http2", streams: 2 }));
    const both = [streams.open(), streams.open()];
    for (const stream of both) expect(await stream.next()).toEqual(lost("refused"));
  });

  test("a server of HTTP/1.1 is malformed, and the result says why", async () => {
    const server = await startScripted(
      (socket) => void socket.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    );
    stops.push(() => server.stop());
    const streams = await driveStreams(http2, planFor(server.port, { driver: "http2" }));
    expect(await streams.open().next()).toEqual(lost("malformed"));
    expect([...streams.remarks].join()).toContain("answers in HTTP/1.1");
  });

  test("a server that begins with another frame than SETTINGS is malformed", async () => {
    const { streams } = await against({
      greeting: [frame(frameTypes.ping, 0, 0, Buffer.alloc(8))],
    });
    expect(await streams.open().next()).toEqual(lost("malformed"));
  });

  test("an attempt that was given up is not joined again", async () => {
    const { server, streams } = await against({ greeting: [] }, { connections: 2, streams: 2 });
    const one = streams.open();
    const two = streams.open();
    while (server.peers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    one.connection.close();
    const three = streams.open();
    while (server.peers.length === 1) await new Promise((resolve) => setImmediate(resolve));
    expect([one, two, three].every(({ isQuiet }) => isQuiet)).toBe(true);
  });
});
