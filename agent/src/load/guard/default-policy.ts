// The policy of a fresh agent, as a person reads it and as it is meant: an agent whose policy nobody has changed knows it without
// YAML and schemas, which are a megabyte that it need not hold while it only samples.
import { loadLimits, nativeDrivers } from "@tidemark/proto";
import type { Policy } from "./policy.ts";

/** What a fresh agent's file says. */
export const defaultPolicyText = `# Which load tests this host may generate. Only this file decides: the hub cannot change it.
# It is read again before every run; with a fault in it nobody may run anything (tidemark-agent check-config names each).
# A file named stop-load beside it ends what runs within a second and refuses the rest; SIGUSR2 to the agent makes that file.
allow: true

# to: self               this host only (loopback and its own addresses)
#     10.1.0.0/16        addresses, as the target's URL gives them: names not listed here are not looked up
#     api.example.org    a name, at whatever address it has when the run starts, except this host's own
# ports: [80, "8000-8999"], or none for any port
# An empty list means nobody. Link-local and cloud metadata addresses are refused whatever stands here.
targets:
  - to: self

limits:
  ratePerSecond: 10000      # requests/s of all runs together; a closed loop is held to it
  connections: 512          # of all runs together
  durationSeconds: 3600     # of a run, its warm-up included
  bytesPerRun: 100000000000 # sent and received; a run that passes it is ended
  cpuShare: 0.5             # of this host's cores: bounds a run's workers, and ends what stays above it for 5 s
  workers: 64               # threads of a run, as far as cpuShare has room for them
  runs: 1                   # at once; more only when each says that it may share the host

# Local times in which nothing is generated: "22:00-06:00", "mon-fri 08:00-18:00", "sat,sun 00:00-24:00"
quietHours: []

# A try sends one request and shows its answer to whoever asked the hub for it; false keeps the answers of all targets here.
tries: true

# Which generators may be used; without a list those of Tidemark's own. Installed programs (fortio, wrk2, wrk, nighthawk) are
# used only when they are named here: nothing holds a closed loop of theirs to its rate, bytes and CPU are not watched.
# drivers: [${nativeDrivers.join(", ")}]
`;

/** What that text says; also what holds for a field that a file leaves out. */
export const defaultPolicy: Policy = {
  allow: true,
  rules: [{ to: { kind: "self" }, ports: undefined }],
  ratePerSecondMax: 10_000,
  connectionsMax: 512,
  durationMsMax: 3_600_000,
  bytesMax: 100_000_000_000,
  cpuShareMax: 0.5,
  workersMax: loadLimits.workersMax,
  runsMax: 1,
  quietHours: [],
  tries: true,
  drivers: nativeDrivers,
};
