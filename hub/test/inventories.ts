// What a host is made of, made up for tests.
import type { Inventory } from "@tidemark/proto";

export const inventory: Inventory = {
  hostname: "rack-1",
  os: {
    platform: "linux",
    distro: "Debian GNU/Linux",
    release: "12",
    kernel: "6.1.0-18-amd64",
    arch: "x64",
  },
  cpu: {
    vendor: "AMD",
    model: "AMD  EPYC 7B13 ",
    logicalCores: 2,
    physicalCores: 1,
    sockets: 1,
    speedGhz: 2.45,
  },
  memoryBytes: 25_125_978_112,
  swapBytes: 0,
  virtualisation: "kvm",
  system: { manufacturer: "", model: "" },
  disks: [],
  interfaces: [
    {
      name: "eth0",
      type: "wired",
      speedMbit: null,
      mac: "",
      addresses: ["192.0.2.1"],
      virtual: false,
    },
  ],
  nodeVersion: "v26",
  agentVersion: "0.4.0",
};
