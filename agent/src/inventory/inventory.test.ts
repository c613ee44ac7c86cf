import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type AgentEvent, parseInventory } from "@tidemark/proto";
import { afterEach, expect, test } from "vitest";
import { askInventory, inventoryCommand } from "./ask.ts";
import { readInventory } from "./read.ts";
import { startInventoryReports } from "./reports.ts";
import { type Found, shapeInventory } from "./shape.ts";

const versions = { node: "v26.0.0", agent: "0.1.0" };
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function programPrinting(source: string): readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), "tidemark-inventory-"));
  directories.push(directory);
  const script = join(directory, "print.mjs");
  writeFileSync(script, source);
  return [process.execPath, script];
}

test("this very machine has an inventory that the schema accepts", async () => {
  const inventory = await readInventory("0.1.0");
  expect(parseInventory(encode(inventory))).toEqual(inventory);
  expect(inventory.cpu.logicalCores).toBeGreaterThan(0);
  expect(inventory.memoryBytes).toBeGreaterThan(0);
  expect(inventory.interfaces.map((one) => one.name)).toContain("lo");
});

test("another process is asked, and its answer is checked", async () => {
  const inventory = await readInventory("0.1.0");
  const good = programPrinting(`console.log(${JSON.stringify(JSON.stringify(inventory))})`);
  expect(await askInventory(good)).toEqual(inventory);
  await expect(askInventory(programPrinting("console.log('{}')"))).rejects.toThrow("inventory");
  await expect(askInventory(programPrinting("process.exit(3)"))).rejects.toThrow("failed");
});

test("the command is this program with one argument", () => {
  const command = inventoryCommand();
  expect(command[0]).toBe(process.execPath);
  expect(command.at(-1)).toBe("inventory");
});

test("whatever the host says of itself, the schema accepts it", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.constant(undefined),
    fc.constant(null),
    fc.double(),
  );
  const keys = (names: string) =>
    fc.record(Object.fromEntries(names.split(" ").map((name) => [name, anything])));
  const found = fc.record({
    os: keys("platform distro release kernel arch"),
    cpu: keys("manufacturer brand cores physicalCores processors speed"),
    memory: keys("total swaptotal"),
    system: keys("manufacturer model virtual virtualHost"),
    disks: fc.array(keys("device name vendor type size"), { maxLength: 300 }),
    blocks: fc.array(keys("name type size model physical")),
    interfaces: fc.array(keys("iface type speed mac ip4 ip4subnet ip6 ip6subnet virtual"), {
      maxLength: 300,
    }),
  });
  fc.assert(
    fc.property(found, fc.string({ maxLength: 500 }), (said, hostname) => {
      const inventory = shapeInventory(said as unknown as Found, hostname, versions);
      expect(parseInventory(encode(inventory))).toEqual(inventory);
    }),
  );
});

test("paravirtual disks and makers of the others are both listed, RAM disks are not", () => {
  const found: Found = {
    os: { platform: "linux", distro: "Debian", release: "12", kernel: "6.1", arch: "x64" },
    cpu: {
      manufacturer: "AMD",
      brand: "EPYC",
      cores: 2,
      physicalCores: 1,
      processors: 1,
      speed: 2.4,
    },
    memory: { total: 1_024, swaptotal: 0 },
    system: { manufacturer: "QEMU", model: "Standard PC", virtual: true, virtualHost: "KVM" },
    disks: [{ device: "/dev/sda", name: "S3", vendor: "Acme", type: "SSD", size: 10 }],
    blocks: [
      { name: "sda", type: "disk", size: 10, model: "S3", physical: "SSD" },
      { name: "vda", type: "disk", size: 20, model: "", physical: "HDD" },
      { name: "vda1", type: "part", size: 20, model: "", physical: "" },
      { name: "zram0", type: "disk", size: 5, model: "", physical: "" },
    ],
    interfaces: [
      {
        iface: "eth0",
        type: "wired",
        speed: -1,
        mac: "02:00:00:00:00:01",
        ip4: "192.0.2.1",
        ip4subnet: "255.255.252.0",
        ip6: "2001:db8::1",
        ip6subnet: "ffff:ffff:ffff:ff00::",
        virtual: false,
      },
    ],
  };
  const { disks, interfaces, virtualisation } = shapeInventory(found, "host", versions);
  expect(disks).toEqual([
    { device: "/dev/sda", model: "Acme S3", type: "SSD", bytes: 10 },
    { device: "/dev/vda", model: "", type: "HDD", bytes: 20 },
  ]);
  expect(interfaces[0]).toMatchObject({
    speedMbit: null,
    addresses: ["192.0.2.1", "2001:db8::1"],
    prefixLengths: [22, 56],
  });
  expect(virtualisation).toBe("KVM");
});

test.each([
  ["255.255.255.255", 32],
  ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128],
  ["0.0.0.0", 0],
  ["255.0.255.0", null],
  ["none", null],
  ["", null],
])("the mask %s is a prefix of %s", (ip4subnet, length) => {
  const { interfaces } = shapeInventory(
    ({
	os: {},
	cpu: {},
	memory: {},
	system: {},
	disks: [],
	blocks: [],
	interfaces: [{
		iface: 'eth0',
		ip4: '192.0.2.1',
		ip4subnet
	}]
}) as unknown as Found,
    "host",
    versions,
  );
  expect(interfaces[0]?.prefixLengths).toEqual([length]);
});

test("the first report comes at once, a failure is told, and nothing comes after the stop", async () => {
  const inventory = await readInventory("0.1.0");
  const events: AgentEvent[] = [];
  const arrived = Promise.withResolvers<void>();
  const reports = startInventoryReports({
    ask: async () => inventory,
    now: () => 5,
    failed: (cause) => arrived.reject(cause),
    event(event) {
      events.push(event);
      arrived.resolve();
    },
  });
  await arrived.promise;
  reports.stop();
  expect(events).toEqual([{ kind: "inventory", atMs: 5, inventory }]);

  const told = Promise.withResolvers<unknown>();
  const failing = startInventoryReports({
    ask: async () => {
      throw new Error("no dmidecode");
    },
    now: () => 5,
    failed: told.resolve,
    event: () => told.reject(new Error("an event without an inventory")),
  });
  expect(await told.promise).toMatchObject({ message: "no dmidecode" });
  failing.stop();
});
