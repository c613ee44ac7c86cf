// HTML without scripts: escaped text, one style element that the content policy admits by its hash, and the frame of every page.
import { createHash } from "node:crypto";
import { chartTopics } from "../charts/declared.ts";

/** What a server answers to a path. Header names are in lower case. */
export interface Page {
  readonly status: 200 | 404;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const style = `
:root { color-scheme: light dark; --ink: light-dark(#14181c, #e7eaee); --ink-2: light-dark(#4d5661, #a7b0bb);
  --line: light-dark(#d5dae0, #313842); --canvas: light-dark(#f6f7f8, #0b0d10); --surface: light-dark(#fff, #121519);
  --accent: light-dark(#0a6c8c, #58c4dc); --bad: light-dark(#c02b2b, #ff7f78) }
* { box-sizing: border-box }
body { margin: 0; background: var(--canvas); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
header, main, footer { max-width: 66rem; margin: 0 auto; padding: 0 1rem }
header { padding-top: 1rem }
header p { margin: 0; font-weight: 600 }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: .25rem 0 0; padding: 0 }
nav a { display: inline-block; padding: .5rem 0 }
nav a[aria-current] { color: inherit; font-weight: 600 }
a { color: var(--accent) }
a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1rem 0 }
h2 { font-size: 1.15rem; margin: 0 }
section { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: 0 0 1.25rem }
section p { margin: .35rem 0; max-width: 46rem }
.quiet, footer { color: var(--ink-2); font-size: .9rem }
footer { padding-bottom: 2rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--ink-2); font-size: .9rem; padding-bottom: .3rem }
th, td { text-align: left; vertical-align: middle; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600; font-size: .9rem }
tbody th { font-weight: 400 }
.number { text-align: right; white-space: nowrap }
.picture { width: 40%; min-width: 6rem }
.pairs { min-width: 9rem }
.pair { white-space: nowrap }
.scale { display: flex; justify-content: space-between; gap: .5rem; font-size: .8rem; color: var(--ink-2) }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
svg { display: block; width: 100%; height: 16px }
.bar, .mark { fill: var(--accent) }
.rest { fill: var(--line) }
.worse { fill: var(--bad) }
.track { stroke: var(--line); stroke-width: 1 }
.spread { stroke: var(--accent); stroke-width: 4; opacity: .45 }
@media (max-width: 34rem) { th, td, tbody th { padding-right: .4rem; font-size: .8rem } .picture { width: 30% } .picture.wide { display: none }
  th.number { white-space: normal } }
`;

const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** The names of the topics' pages. */
export const topicTitles: Readonly<Record<(typeof chartTopics)[number], string>> = {
  fleet: "Fleets and hubs",
  network: "Networks",
  hardware: "Hardware",
  latency: "API latency",
  upgrades: "Upgrades",
  load: "Load tests",
};

/** A whole page. `current` is the topic whose link is marked; `content` is HTML. */
export function page(title: string, content: string, current = "", status: 200 | 404 = 200): Page {
  const links = chartTopics.map(
    (topic) =>
      `<li><a href="/${topic}"${topic === current ? ' aria-current="page"' : ""}>${escape(topicTitles[topic])}</a></li>`,
  );
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} – Tidemark, shared answers</title><style>${style}</style></head>
<body><header><p><a href="/">Tidemark, shared answers</a></p><nav aria-label="Topics"><ul>${links.join("")}</ul></nav></header>
<main><h1>${escape(title)}</h1>
${content}
</main>
<footer><p>Answers are sent by operators who said yes to that question. One operator has one vote. A chart is made once, after
its period and the time that late reports take, and is never made again.</p></footer>
</body></html>
`;
  return { status, headers, body };
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as HTML's text, or as a quoted attribute's. */
export const escape = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
