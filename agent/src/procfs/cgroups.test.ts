import { expect, test } from "vitest";
import { classify } from "./cgroups.ts";

const id = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
const pod = "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod6d2f1a3b_aa_bb.slice";

test.each([
  ["/system.slice/ssh.service", { name: "ssh.service", kind: "service" }],
  [
    "/system.slice/system-getty.slice/getty@tty1.service",
    { name: "getty@tty1.service", kind: "service" },
  ],
  [`/system.slice/docker-${id}.scope`, { name: "docker-0f1e2d3c4b5a", kind: "container" }],
  [`/machine.slice/libpod-${id}.scope`, { name: "libpod-0f1e2d3c4b5a", kind: "container" }],
  [`${pod}/cri-containerd-${id}.scope`, { name: "pod-6d2f1a3b-0f1e2d3c4b5a", kind: "container" }],
  [`${pod}/crio-${id}.scope`, { name: "pod-6d2f1a3b-0f1e2d3c4b5a", kind: "container" }],
  [
    `/kubepods/burstable/pod6d2f1a3b-cc/${id}`,
    { name: "pod-6d2f1a3b-0f1e2d3c4b5a", kind: "container" },
  ],
  [`/docker/${id}`, { name: "container-0f1e2d3c4b5a", kind: "container" }],
  ["/lxc.payload.web", { name: "lxc-web", kind: "container" }],
  ["/machine.slice/machine-qemu\\x2d1\\x2dweb.scope", { name: "qemu-1-web", kind: "machine" }],
])("%s is %o", (path, expected) => {
  expect(classify(path, path.slice(path.lastIndexOf("/") + 1))).toEqual({ path, ...expected });
});

test.each(["/system.slice", "/user.slice/user-1000.slice/session-3.scope", "/init.scope", "/app"])(
  "%s is looked into",
  (path) => {
    expect(classify(path, path.slice(path.lastIndexOf("/") + 1))).toBeUndefined();
  },
);
