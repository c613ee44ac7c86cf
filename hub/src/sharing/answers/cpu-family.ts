// What a processor calls itself, generalised to a family: models are many and rare ones tell whose host it is. Pure.
import { type cpuFamilies, otherLabel } from "@tidemark/proto";

type Family = (typeof cpuFamilies)[number];

/** The first that matches holds. Texts are lower case, without trademarks and the words "CPU" and "processor". */
const patterns: readonly (readonly [pattern: RegExp, family: Family])[] = [
  [/graviton/, "aws-graviton"],
  [/ampere ?-?one/, "ampere-one"],
  [/altra/, "ampere-altra"],
  [/neoverse/, "arm-neoverse"],
  [/cortex/, "arm-cortex"],
  [/apple m\d/, "apple-m"],
  [/\bpower ?(?:[89]|1\d)\b/, "ibm-power"],
  [/\b(?:s390x?|ibm z|z1[3-7])\b/, "ibm-z"],
  [/risc-?v|sifive|\brv64/, "risc-v"],

  [/epyc[ -]turin|epyc 9[\da-z]{2}5/, "amd-epyc-turin"],
  [/epyc[ -]genoa|epyc [89][\da-z]{2}4/, "amd-epyc-genoa"],
  [/epyc[ -]milan|epyc 7[\da-z]{2}3/, "amd-epyc-milan"],
  [/epyc[ -]rome|epyc 7[\da-z]{2}2/, "amd-epyc-rome"],
  [/epyc[ -]naples|epyc 7[\da-z]{2}1/, "amd-epyc-naples"],
  [/ryzen|epyc 4\d{3}/, "amd-ryzen"],
  [/opteron|athlon|phenom|sempron|\bfx-\d/, "amd-older"],

  [/granite ?rapids|sierra ?forest|xeon 6\b|xeon 6[5-9]\d{2}[pe]/, "intel-xeon-6"],
  // Emerald Rapids is Sapphire Rapids once more, as Cascade Lake is Skylake.
  [
    /(?:sapphire|emerald) ?rapids|xeon (?:platinum|gold|silver|bronze) \d[45]\d\d|xeon w\d?-\d[45]\d\d/,
    "intel-xeon-sapphire-rapids",
  ],
  [
    /ice ?lake|xeon (?:platinum|gold|silver|bronze) \d3\d\d|xeon w-33\d\d|xeon d-[12]7\d\d/,
    "intel-xeon-icelake",
  ],
  [
    /(?:sky|cascade) ?lake|xeon (?:platinum|gold|silver|bronze) \d[12]\d\d|xeon w-[23][12]\d\d|xeon d-21\d\d/,
    "intel-xeon-skylake",
  ],
  [/broadwell|haswell|ivy ?bridge|sandy ?bridge|westmere|nehalem/, "intel-xeon-older"],
  [/xeon (?:e[357]-|d-1[56]\d\d|[elxw]\d{4})/, "intel-xeon-older"],
  [/xeon e-2\d{3}|core (?:i[3579]|m[357]|ultra|[3579]\b|2)/, "intel-core"],
  [/\batom\b/, "intel-atom"],

  [/qemu|kvm|virtual/, "virtual"],
];

/** `other` for whatever no pattern knows; a virtual machine's unknown processor is `virtual`. */
export function cpuFamily(vendor: string, model: string, virtualisation: string | null): string {
  const text = `${vendor} ${model}`
    .toLowerCase()
    .replaceAll(/\((?:r|tm)\)|[®™]|\bcpu\b|\bprocessor\b/g, " ")
    .replaceAll(/\s+/g, " ");
  const [, family] = patterns.find(([pattern]) => pattern.test(text)) ?? [];
  return family ?? (virtualisation === null ? otherLabel : "virtual");
}
