// Everything that a hub with these facts would tell, as texts and as bodies.
import { reportText, sharingCatalogue } from "@tidemark/proto";
import { answersBy } from "../answers/answers.ts";
import type { Facts } from "../answers/facts.ts";
import { type Treatments, treatments } from "../answers/treatments.ts";
import { reportKey, seal } from "../envelope.ts";

export interface Told {
  readonly texts: readonly string[];
  readonly bodies: readonly Buffer[];
  readonly silent: readonly string[];
}

/** Any key will do, as long as it is of none of the facts. */
const key = reportKey(Buffer.alloc(32, 7));

export function told(facts: Facts, by: Treatments = treatments): Told {
  const period = 741;
  const { version } = sharingCatalogue;
  const answers = sharingCatalogue.questions.map((question) => ({
    ...answersBy(by, question, facts),
    question: question.id,
  }));
  const texts = answers.flatMap(({ question, answers: those }) =>
    those.map((answer) => reportText({ question, catalogue: version, period, answer })),
  );
  return {
    texts,
    bodies: texts.map((text) => seal(text, key)),
    silent: answers.map(({ silent }) => silent),
  };
}
