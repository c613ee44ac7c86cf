// Sparklines: many small lines on one canvas, in one pass.

export type Values = readonly (number | null | undefined)[];

export interface Sparkline {
  readonly values: Values;
  /** Value at the top; the largest value when undefined. */
  readonly top?: number;
  /** Left edge and width within the canvas, CSS pixels. */
  readonly left: number;
  readonly width: number;
}

export interface SparklineLook {
  readonly height: number;
  readonly stroke: string;
  readonly fill: string;
}

/** Sizes the canvas for the screen and draws every line; a null is a gap. */
export function drawSparklines(
  canvas: HTMLCanvasElement,
  width: number,
  sparklines: readonly Sparkline[],
  look: SparklineLook,
): void {
  const ratio = devicePixelRatio;
  const pixelWidth = Math.round(width * ratio);
  const pixelHeight = Math.round(look.height * ratio);
  if (canvas.width !== pixelWidth) canvas.width = pixelWidth;
  if (canvas.height !== pixelHeight) canvas.height = pixelHeight;
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, look.height);
  context.lineWidth = 1.25;
  context.lineJoin = "round";
  context.strokeStyle = look.stroke;
  context.fillStyle = look.fill;
  for (const sparkline of sparklines) {
    const { line, area } = pathsOf(sparkline, look.height);
    context.fill(area);
    context.stroke(line);
  }
}

function pathsOf(sparkline: Sparkline, height: number): { line: Path2D; area: Path2D } {
  const { values, left, width } = sparkline;
  const line = new Path2D();
  const area = new Path2D();
  const top = Math.max(sparkline.top ?? largest(values), Number.MIN_VALUE);
  const step = width / Math.max(1, values.length - 1);
  const inset = 1;
  let start: number | undefined;
  for (let index = 0; index <= values.length; index += 1) {
    const value = values[index];
    const x = left + index * step;
    if (value === null || value === undefined) {
      if (start !== undefined) {
        area.lineTo(x - step, height);
        area.lineTo(start, height);
        area.closePath();
      }
      start = undefined;
      continue;
    }
    const y = height - inset - Math.min(1, value / top) * (height - 2 * inset);
    if (start === undefined) {
      start = x;
      line.moveTo(x, y);
      area.moveTo(x, y);
    } else {
      line.lineTo(x, y);
      area.lineTo(x, y);
    }
  }
  return { line, area };
}

function largest(values: Values): number {
  let most = 0;
  for (const value of values)
    if (value !== null && value !== undefined && value > most) most = value;
  return most;
}
