// A simulated operator: a site that stays what it is and drifts from month to month, as the sharing's tests and rehearsals need it.
// Fleets are heavy-tailed, subnets follow hosts, hosts come in a few shapes, releases go up. Made up, not measured: only contrasts
// between designs can be read off it.
import { maasReleases, periodSpan } from "@tidemark/proto";
import type { Facts } from "../sharing/answers/facts.ts";
import { type Draw, drawFrom, normal, oneOf, whole } from "./operator-draw.ts";
import { type HostShape, drawShape, hostsOf, subnetsOf } from "./operator-hardware.ts";
import { type Measured, drawMeasured, runOf, upgradeOf } from "./operator-requests.ts";

/** No simulated fleet is larger: it is past the largest label. */
const hostsMax = 10_000;
const subnetsMax = 1_500;
const shapesMax = 8;
const medianHosts = 30;

/** What does not change. */
interface Site {
  readonly hosts: number;
  readonly subnetsPerRootHost: number;
  readonly ipv6Share: number;
  readonly tagged: boolean;
  readonly slowness: number;
  readonly measured: readonly Measured[];
  readonly nodeVersion: string;
  readonly clickhouseVersion: string;
}

/** What drifts. */
interface State {
  readonly shapes: readonly { readonly shape: HostShape; readonly hosts: number }[];
  readonly release: number;
  readonly upgraded: boolean;
  readonly storeBytes: number;
}

/**
 * The operator of a seed: their facts of each 28-day period, numbered as `periodAt(28, …)` does, from `firstPeriod` on, when the site
 * began. The same seed and period give equal facts. A period costs its hosts and every period before it: keep those few.
 */
export function makeOperator(seed: number, firstPeriod = 0): (period: number) => Facts {
  const site = drawSite(seed);
  return (period) => {
    if (!Number.isInteger(period) || period < firstPeriod)
      throw new RangeError(`period ${period} is before the site's first, ${firstPeriod}`);
    let state = firstState(site, drawFrom(seed, 1));
    for (let past = 1; past <= period - firstPeriod; past += 1)
      state = nextState(state, drawFrom(seed, past, 2));
    return factsOf(site, state, period, drawFrom(seed, period, 3));
  };
}

function drawSite(seed: number): Site {
  const draw = drawFrom(seed, 0);
  const hosts = Math.round(medianHosts * Math.exp(1.7 * normal(draw)));
  return {
    hosts: Math.min(hostsMax, Math.max(1, hosts)),
    subnetsPerRootHost: Math.exp(0.6 * normal(draw)),
    ipv6Share: draw() < 0.5 ? 0 : draw() ** 2,
    tagged: draw() < 0.7,
    slowness: Math.exp(0.35 * normal(draw)),
    measured: drawMeasured(`maas.site-${seed}.example`, draw),
    nodeVersion: oneOf(["v24.11.0", "v26.0.0", "v25.2.1"], draw),
    clickhouseVersion: oneOf(["26.3.1.9", "25.8.4.13", "25.3.2.39", "24.8.14.39"], draw),
  };
}

function firstState(site: Site, draw: Draw): State {
  const count = Math.min(site.hosts, shapesMax, 1 + Math.floor(-Math.log(1 - draw()) * 1.5));
  let left = site.hosts;
  const shapes = Array.from({ length: count }, (_, index) => {
    const rest = count - index - 1;
    const hosts = rest === 0 ? left : Math.max(1, Math.floor((left - rest) * (0.3 + 0.5 * draw())));
    left -= hosts;
    return { shape: drawShape(draw), hosts };
  });
  return {
    shapes,
    release: Math.max(0, maasReleases.length - 2 - Math.floor(-Math.log(1 - draw()) * 1.8)),
    upgraded: false,
    storeBytes: site.hosts * 2e8 * (0.5 + draw()),
  };
}

/** A month later: some hosts more, seldom fewer, seldom another shape, one upgrade in eight. */
function nextState(state: State, draw: Draw): State {
  const room = hostsMax - total(state);
  let added = 0;
  const shapes = state.shapes.map(({ shape, hosts }) => {
    const change = draw() < 0.4 ? Math.round(hosts * 0.05 * normal(draw) + draw()) : 0;
    const allowed = Math.min(change, room - added - shapesMax);
    added += Math.max(0, allowed);
    return { shape, hosts: Math.max(1, hosts + allowed) };
  });
  if (draw() < 0.05 && shapes.length < shapesMax && room > shapesMax)
    shapes.push({ shape: drawShape(draw), hosts: whole(1, 4, draw) });
  const upgraded = draw() < 0.12 && state.release < maasReleases.length - 1;
  return {
    shapes,
    release: state.release + (upgraded ? 1 : 0),
    upgraded,
    storeBytes: state.storeBytes * Math.exp(0.1 * normal(draw)),
  };
}

const total = ({ shapes }: State) => shapes.reduce((sum, { hosts }) => sum + hosts, 0);

function factsOf(site: Site, state: State, period: number, draw: Draw): Facts {
  const hosts = total(state);
  const subnets = Math.min(
    subnetsMax,
    Math.max(1, Math.round(1.5 * hosts ** 0.5 * site.subnetsPerRootHost)),
  );
  const { startMs, endMs } = periodSpan(28, period);
  const at = {
    hosts,
    slowness: site.slowness,
    release: state.release,
    endedAtMs: Math.floor(startMs + draw() * (endMs - startMs)),
  };
  return {
    tidemarkVersion: "0.1.0",
    nodeVersion: site.nodeVersion,
    clickhouseVersion: site.clickhouseVersion,
    storeBytes: state.storeBytes,
    hosts: hostsOf(
      state.shapes,
      subnetsOf(subnets, Math.round(subnets * site.ipv6Share), site.tagged),
    ),
    runs: site.measured.map((measured) => runOf(measured, at, draw)),
    upgrades: state.upgraded ? site.measured.map((measured) => upgradeOf(measured, at, draw)) : [],
  };
}
