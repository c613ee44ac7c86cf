// Colours of tokens.css for what draws on canvas, resolved for the present theme. Reading one inside an effect or a
// $derived makes it follow the theme.
import type { ColourName } from "./colour-names.ts";
import { theme } from "../state/theme.svelte.ts";

export type Rgb = readonly [red: number, green: number, blue: number];

let knownEpoch = -1;
const known = new Map<ColourName, Rgb>();

/** A token as a CSS colour with the given opacity, 0 … 1. */
export function colourOf(name: ColourName, alpha = 1): string {
  return `rgb(${rgbOf(name).join(" ")} / ${alpha})`;
}

export function rgbOf(name: ColourName): Rgb {
  if (theme.epoch !== knownEpoch) {
    known.clear();
    knownEpoch = theme.epoch;
  }
  let rgb = known.get(name);
  if (rgb === undefined) {
    rgb = resolve(name);
    known.set(name, rgb);
  }
  return rgb;
}

/** A custom property keeps its light-dark() text; only a real colour property computes to one colour. */
function resolve(name: ColourName): Rgb {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const [red = 0, green = 0, blue = 0] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(
    Number,
  );
  probe.remove();
  return [red, green, blue];
}
