// What a plan sends, request after request: whose turn it is among the weighted ones, its templates filled, its headers
// complete but for framing. One source serves all connections of a generator, so that rows and numbers are handed out once.
import { type LoadPlan, secretsIn } from "@tidemark/proto";
import type { DriverContext } from "../drivers/driver.ts";
import { openAuth } from "./auth.ts";
import { identification } from "./identification.ts";
import { rotationOf } from "./rotation.ts";
import { openRows } from "./rows.ts";
import { type Rendering, type Turn, compileTemplate, render, whole } from "./rendering.ts";

export interface RequestSource {
  /** Whether every request is the same: `next` then returns the same object each time. */
  readonly isConstant: boolean;
  /** Throws NothingToSend when a feed that is sent once is used up. */
  next(): RequestParts;
}

/** One request, for any protocol to frame. */
export interface RequestParts {
  readonly method: string;
  /** Path and query, percent-encoded: ASCII without blanks. */
  readonly path: string;
  /** Identification, authorization and the plan's own, in Latin-1 and without line breaks; nothing of the framing, no Host of ours. */
  readonly headers: readonly RequestHeader[];
  readonly body: Buffer;
  /** `{{id}}`: unique in the run, always as long; no id is a part of another. That of the first request where it is constant. */
  readonly id: string;
  /** Whether this very object comes again: what is made from it may be kept. */
  readonly isConstant: boolean;
}

export interface RequestHeader {
  readonly name: string;
  readonly value: string;
  /** Whether a secret is in it, so that no other host may see it. */
  readonly isConfidential: boolean;
}

export type RequestContext = Pick<DriverContext, "run" | "share" | "secrets">;

/** Throws PlanRejected for values of a feed or a secret that cannot stand where a template puts them. */
export function openRequests(plan: LoadPlan, context: RequestContext): RequestSource {
  const { run, share } = context;
  const variants = variantsOf(plan, context);
  const turnOf = rotationOf(
    variants.map(({ weight }) => weight),
    share.index,
  );
  const rowOf = openRows(plan.feed, share);
  const turn: Turn = { id: "", index: 0, row: undefined };
  let sent = 0;
  const advance = () => {
    const number = share.index + sent * share.of;
    turn.row = rowOf(sent);
    turn.index = sent;
    turn.id = idOf(run, number);
    sent += 1;
  };
  const [only] = variants;
  if (variants.length === 1 && only?.isConstant === true) {
    advance();
    const parts = only.render(turn);
    return { isConstant: true, next: () => parts };
  }
  const kept: (RequestParts | undefined)[] = [];
  return {
    isConstant: false,
    next() {
      const at = turnOf(sent);
      advance();
      const variant = variants[at];
      if (variant === undefined) throw new RangeError(`there is no request ${at}`);
      const parts = kept[at] ?? variant.render(turn);
      if (variant.isConstant) kept[at] = parts;
      return parts;
    },
  };
}

interface CompiledHeader extends Omit<RequestHeader, "value"> {
  readonly value: Rendering;
}

/** One of the weighted requests, compiled. */
interface Variant {
  readonly weight: number;
  readonly isConstant: boolean;
  render(turn: Turn): RequestParts;
}

function variantsOf(plan: LoadPlan, context: RequestContext): readonly Variant[] {
  const url = new URL(plan.target);
  const auth = openAuth(plan.auth, context.secrets);
  const compile = compileTemplate(plan.feed, context.secrets);
  return (plan.requests ?? [{ weight: 1 }]).map(
    ({ weight, method, path, headers, body }): Variant => {
      const own = merged(plan.headers, headers ?? []);
      const lines: readonly CompiledHeader[] = [
        ...identification(plan, context.run, own).map((line) => ({
          ...line,
          isConfidential: false,
        })),
        ...auth.map((line) => ({ ...line, isConfidential: true })),
        ...own.map(({ name, value }) => ({
          name,
          value: compile(value, "header"),
          isConfidential: secretsIn({ headers: [], requests: [], body: value }).length > 0,
        })),
      ];
      const target = path === undefined ? `${url.pathname}${url.search}` : compile(path, "path");
      const payload = whole(compile(body ?? plan.body, "body"));
      const isConstant =
        typeof target === "string" &&
        typeof payload !== "function" &&
        lines.every(({ value }) => typeof value === "string");
      return {
        weight,
        isConstant,
        render: (turn) => ({
          method: method ?? plan.method,
          path: render(target, turn),
          headers: lines.map(({ name, value, isConfidential }) => ({
            name,
            value: render(value, turn),
            isConfidential,
          })),
          body: typeof payload === "function" ? payload(turn) : payload,
          id: turn.id,
          isConstant,
        }),
      };
    },
  );
}

/** A request's own headers take the place of the plan's of the same name. */
function merged(common: LoadPlan["headers"], own: LoadPlan["headers"]): LoadPlan["headers"] {
  const replaced = new Set(own.map(({ name }) => name.toLowerCase()));
  return [...common.filter(({ name }) => !replaced.has(name.toLowerCase())), ...own];
}

/** Ten digits to the base 36 number every request of the longest run there can be. */
function idOf(run: string, number: number): string {
  return `${run}-${number.toString(36).padStart(10, "0")}`;
}
