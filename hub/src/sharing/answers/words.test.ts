// What names are generalised to, each by a table of what people really have.
import { cpuFamilies, maasOperations, meshes } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cpuFamily } from "./cpu-family.ts";
import { maasOperation } from "./maas-operation.ts";
import { majorMinor, majorOf, meshOf } from "./release.ts";

test.each([
  ["Intel", "Xeon® Gold 6230", "intel-xeon-skylake"],
  ["GenuineIntel", "Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz", "intel-xeon-skylake"],
  ["Intel", "Xeon® W-2145", "intel-xeon-skylake"],
  ["GenuineIntel", "Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz", "intel-xeon-icelake"],
  ["Intel", "Xeon® D-1736NT", "intel-xeon-icelake"],
  ["GenuineIntel", "Intel(R) Xeon(R) Gold 6430", "intel-xeon-sapphire-rapids"],
  ["GenuineIntel", "INTEL(R) XEON(R) PLATINUM 8581C", "intel-xeon-sapphire-rapids"],
  ["Intel", "Xeon® 6 6780E", "intel-xeon-6"],
  ["Intel", "Xeon® 6787P", "intel-xeon-6"],
  ["GenuineIntel", "Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", "intel-xeon-older"],
  ["Intel", "Xeon® X5650", "intel-xeon-older"],
  ["Intel", "Core™ i7-9700", "intel-core"],
  ["Intel", "Core™ Ultra 7 155H", "intel-core"],
  ["Intel", "Xeon® E-2288G", "intel-core"],
  ["Intel", "Atom™ C3558", "intel-atom"],
  ["AMD", "EPYC 7551 32-Core Processor", "amd-epyc-naples"],
  ["AMD", "EPYC 7302P 16-Core Processor", "amd-epyc-rome"],
  ["AMD", "EPYC 7B13", "amd-epyc-milan"],
  ["AMD", "EPYC-Milan", "amd-epyc-milan"],
  ["AMD", "EPYC 9354 32-Core Processor", "amd-epyc-genoa"],
  ["AMD", "EPYC 8324P", "amd-epyc-genoa"],
  ["AMD", "EPYC 9755 128-Core Processor", "amd-epyc-turin"],
  ["AMD", "Ryzen 9 5950X 16-Core Processor", "amd-ryzen"],
  ["AMD", "Opteron 6276", "amd-older"],
  ["ARM", "Neoverse-N1", "arm-neoverse"],
  ["ARM", "Cortex-A72", "arm-cortex"],
  ["Ampere", "Ampere® Altra® Max", "ampere-altra"],
  ["Ampere", "AmpereOne® A192", "ampere-one"],
  ["AWS", "Graviton3", "aws-graviton"],
  ["Apple", "Apple M2 Pro", "apple-m"],
  ["IBM", "POWER9, altivec supported", "ibm-power"],
  ["IBM/S390", "z16", "ibm-z"],
  ["SiFive", "u74-mc", "risc-v"],
  ["QEMU", "Virtual CPU version 2.5+", "virtual"],
  ["Intel", "Xeon® Processor", "other"],
  ["Acme", "Secret Engineering Sample 1", "other"],
  ["", "", "other"],
])("%s %s is of the family %s", (vendor, model, family) => {
  expect(cpuFamily(vendor, model, null)).toBe(family);
});

test("an unknown processor of a virtual machine is virtual", () => {
  expect(cpuFamily("Intel", "Xeon® Processor", "KVM")).toBe("virtual");
  expect(cpuFamily("AMD", "EPYC 7B13", "KVM")).toBe("amd-epyc-milan");
});

const asked = (target: string, method = "GET", operation?: string) =>
  maasOperation({ labels: operation === undefined ? {} : { operation }, method, target });
const api = "http://maas.example:5240/MAAS/api/2.0/";

test.each([
  ["machine list", "machines.list"],
  ["Machines.List", "machines.list"],
  ["list machines", "machines.list"],
  ["deploy machine", "machines.deploy"],
  ["power machine on", undefined],
  ["machine power", "machines.power"],
  ["resource pools list", "resource-pools.list"],
  ["resourcepool-list", "resource-pools.list"],
  ["ip addresses list", "ipaddresses.list"],
  ["get pxe config", "pxe-config.read"],
  ["query events", "events.query"],
  ["Acme checkout", undefined],
  ["constructor list", undefined],
  ["", undefined],
])("a run called %s sends %s", (name, operation) => {
  expect(asked("http://shop.example/", "GET", name)).toBe(operation);
});

test("each operation is understood by its own name", () => {
  for (const operation of maasOperations) expect(asked("", "GET", operation)).toBe(operation);
});

test.each([
  ["GET", `${api}machines/`, "machines.list"],
  ["GET", `${api}machines/?hostname=secret`, "machines.list"],
  ["GET", `${api}machines/4y3h7n/`, "machines.read"],
  ["POST", `${api}machines/4y3h7n/?op=deploy`, "machines.deploy"],
  ["POST", `${api}machines/?op=allocate`, "machines.allocate"],
  ["POST", `${api}machines/4y3h7n/?op=power_off`, "machines.power"],
  ["GET", `${api}fabrics/7/vlans/`, "vlans.list"],
  ["GET", `${api}events/?op=query&level=INFO`, "events.query"],
  ["GET", `${api}rackcontrollers/`, "rack-controllers.list"],
  ["GET", "http://maas.example/MAAS/metadata/2012-03-01/", "metadata.read"],
  ["DELETE", `${api}machines/4y3h7n/`, "other"],
  ["GET", `${api}account/?op=list_authorisation_tokens`, "other"],
  ["GET", `${api}constructor/`, "other"],
  ["GET", "http://shop.example/basket", undefined],
  ["GET", "no url", undefined],
])("%s %s is %s", (method, target, operation) => {
  expect(asked(target, method)).toBe(operation);
});

test("a name that is not understood leaves the request to tell", () => {
  expect(asked(`${api}tags/`, "GET", "acme nightly")).toBe("tags.list");
});

test.each([
  ["3.5.1-acme", "3.5"],
  ["v3.6", "3.6"],
  ["MAAS 3.5/stable", "3.5"],
  ["3.10.0~rc1", "3.10"],
  ["3", "other"],
  ["acme-3.5", "other"],
  ["3.5555", "other"],
])("of %s leaves %s", (version, release) => expect(majorMinor(version)).toBe(release));

test("of Node's version its first number leaves", () => {
  expect(["v26.10.0", "24.1", "x"].map(majorOf)).toEqual(["26", "24", "other"]);
});

test.each([
  ["istio", "istio"],
  ["Istio 1.24.2", "istio"],
  ["linkerd2", "linkerd"],
  ["OSM", "open-service-mesh"],
  ["AWS App Mesh", "app-mesh"],
  ["off", "none"],
  ["on", "other"],
  ["istio-acme-prod", "other"],
])("the mesh %s is %s", (name, mesh) => expect(meshOf(name)).toBe(mesh));

test("whatever is said, what leaves is on the list", () => {
  const lists = {
    cpu: new Set<string>([...cpuFamilies, "other"]),
    mesh: new Set<string>([...meshes, "other"]),
    operation: new Set<string | undefined>([...maasOperations, "other", undefined]),
  };
  // Any text, and what is nearly one of the words.
  const pieces = fc.constantFrom(
    "istio",
    "xeon 6",
    "epyc",
    "machines",
    "list",
    "3.5",
    "-acme",
    " ",
    "é",
  );
  const said = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 4 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(said, fc.string(), fc.webUrl(), (one, other, url) => {
      expect(lists.cpu).toContain(cpuFamily(one, other, null));
      expect(lists.mesh).toContain(meshOf(one));
      expect(lists.operation).toContain(asked(url, "GET", one));
      expect(lists.operation).toContain(asked(`${api}${other}`));
      expect(majorMinor(one)).toMatch(/^(?:\d{1,3}\.\d{1,3}|other)$/);
    }),
  );
});
