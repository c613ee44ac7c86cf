// The closed lists: the only names that can ever leave. Whatever is not here leaves as "other".

/** Tidemark's own releases, major.minor. A new one makes a new version of the catalogue. */
export const tidemarkReleases = ["0.1"] as const;

/** MAAS releases, major.minor: https://canonical.com/maas/docs/release-notes */
export const maasReleases = [
  "2.8",
  "2.9",
  "3.0",
  "3.1",
  "3.2",
  "3.3",
  "3.4",
  "3.5",
  "3.6",
  "3.7",
  "3.8",
] as const;

/** Those that a change of theirs can still be mended in. */
export const newestMaasReleases = ["3.7", "3.8"] as const;

/** Service meshes, by the names of the SMP specification (`ServiceMesh.Type`), in lower case. */
export const meshes = [
  "app-mesh",
  "citrix",
  "consul",
  "istio",
  "kuma",
  "linkerd",
  "nginx",
  "nsm",
  "open-service-mesh",
  "traefik",
  "none",
] as const;

/** Families of processors: what the model's name is generalised to. */
export const cpuFamilies = [
  "intel-core",
  "intel-xeon-older",
  "intel-xeon-skylake",
  "intel-xeon-icelake",
  "intel-xeon-sapphire-rapids",
  "intel-xeon-6",
  "intel-atom",
  "amd-epyc-naples",
  "amd-epyc-rome",
  "amd-epyc-milan",
  "amd-epyc-genoa",
  "amd-epyc-turin",
  "amd-ryzen",
  "amd-older",
  "arm-neoverse",
  "arm-cortex",
  "ampere-altra",
  "ampere-one",
  "aws-graviton",
  "apple-m",
  "ibm-power",
  "ibm-z",
  "risc-v",
  "virtual",
] as const;

export const diskMedia = ["nvme", "ssd", "hdd", "virtual"] as const;

/** Mbit/s of a link, as text. */
export const linkSpeeds = [
  "100",
  "1000",
  "2500",
  "5000",
  "10000",
  "25000",
  "40000",
  "50000",
  "100000",
  "200000",
  "400000",
] as const;

/** Requests of MAAS's API that are timed, by what they do: https://canonical.com/maas/docs/api */
export const maasOperations = [
  "machines.list",
  "machines.read",
  "machines.allocate",
  "machines.deploy",
  "machines.release",
  "machines.commission",
  "machines.power",
  "machines.create",
  "devices.list",
  "subnets.list",
  "subnets.read",
  "vlans.list",
  "fabrics.list",
  "spaces.list",
  "ipranges.list",
  "ipaddresses.list",
  "dnsresources.list",
  "domains.list",
  "tags.list",
  "zones.list",
  "resource-pools.list",
  "rack-controllers.list",
  "region-controllers.list",
  "boot-resources.list",
  "images.list",
  "events.query",
  "users.list",
  "version.read",
  "metadata.read",
  "pxe-config.read",
] as const;

/** What the hub's verdict on an upgrade said. */
export const upgradeVerdicts = ["improvement", "equivalent", "inconclusive", "regression"] as const;

export const nodeMajors = ["24", "25", "26"] as const;
/** Releases with long support, and the one that is embedded. */
export const clickhouseReleases = ["24.3", "24.8", "25.3", "25.8", "26.3", "26.7"] as const;
