// Which operation of MAAS's API a run sent: by what its variant is called, or by what it asked for. Pure.
import { type VariantLabels, maasOperations, otherLabel } from "@tidemark/proto";
import { labelOf } from "../../profiles/labels.ts";

/** What of a run tells its operation. */
export interface Requested {
  readonly labels: VariantLabels;
  readonly method: string;
  readonly target: string;
}

/**
 * One of `maasOperations`; `other` for another request of MAAS's API; undefined where nothing says that it was one. A label
 * `operation` holds if it is understood.
 */
export function maasOperation({ labels, method, target }: Requested): string | undefined {
  const named = labelOf(labels, "operation");
  return (
    (named === undefined ? undefined : namedOperation(named)) ?? askedOperation(method, target)
  );
}

const verbs: Readonly<Record<string, string>> = {
  list: "list",
  listing: "list",
  read: "read",
  get: "read",
  show: "read",
  query: "query",
  allocate: "allocate",
  acquire: "allocate",
  deploy: "deploy",
  release: "release",
  commission: "commission",
  power: "power",
  create: "create",
  add: "create",
};

const byName = new Map<string, string>(
  maasOperations.map((operation) => {
    const [things = "", verb] = operation.split(".");
    return [`${thingOf(things.split("-"))}.${verb}`, operation];
  }),
);

/** `machine list`, `Machines.List`, `list machines`, `resource-pools_list`. */
function namedOperation(name: string): string | undefined {
  const words = name.toLowerCase().match(/[a-z]+/g) ?? [];
  const at = words.findLastIndex((word) => Object.hasOwn(verbs, word));
  const verb = verbs[words[at] ?? ""];
  return byName.get(`${thingOf(words.filter((_, index) => index !== at))}.${verb}`);
}

/** In the singular, as one word: `resource pools` and `resourcepool` are the same. */
function thingOf(words: readonly string[]): string {
  return words.join("").replace(/(?<=ss)es$|(?<!s)s$/, "");
}

const apiPath = /^\/maas\/api\/2\.0\/(.*)$/;
const metadataPath = /^\/maas\/metadata\//;

/** Of collections: `machines/`. */
const collections: Readonly<Record<string, string>> = {
  machines: "machines",
  devices: "devices",
  subnets: "subnets",
  fabrics: "fabrics",
  spaces: "spaces",
  ipranges: "ipranges",
  ipaddresses: "ipaddresses",
  dnsresources: "dnsresources",
  domains: "domains",
  tags: "tags",
  zones: "zones",
  resourcepools: "resource-pools",
  rackcontrollers: "rack-controllers",
  regioncontrollers: "region-controllers",
  "boot-resources": "boot-resources",
  users: "users",
};

/** `METHOD path?op`, with `*` for what names one thing: https://canonical.com/maas/docs/api */
const requests: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(collections).map(([path, things]) => [`GET ${path}`, `${things}.list`]),
  ),
  "GET fabrics/*/vlans": "vlans.list",
  "GET machines/*": "machines.read",
  "POST machines": "machines.create",
  "POST machines?allocate": "machines.allocate",
  "POST machines?release": "machines.release",
  "POST machines/*?deploy": "machines.deploy",
  "POST machines/*?release": "machines.release",
  "POST machines/*?commission": "machines.commission",
  "POST machines/*?power_on": "machines.power",
  "POST machines/*?power_off": "machines.power",
  "GET machines/*?query_power_state": "machines.power",
  "GET subnets/*": "subnets.read",
  "GET rackcontrollers/*?list_boot_images": "images.list",
  "GET events?query": "events.query",
  "GET version": "version.read",
  "GET pxeconfig": "pxe-config.read",
};

function askedOperation(method: string, target: string): string | undefined {
  if (!URL.canParse(target)) return undefined;
  const { pathname, searchParams } = new URL(target);
  const path = pathname.toLowerCase();
  if (metadataPath.test(path)) return method === "GET" ? "metadata.read" : otherLabel;
  const [, rest] = apiPath.exec(path) ?? [];
  if (rest === undefined) return undefined;
  const parts = rest.split("/").filter((part) => part !== "");
  const op = searchParams.get("op");
  const shape = parts.map((part, at) => (at % 2 === 0 ? part : "*")).join("/");
  const request = `${method} ${shape}${op === null ? "" : `?${op}`}`;
  return Object.hasOwn(requests, request) ? requests[request] : otherLabel;
}
