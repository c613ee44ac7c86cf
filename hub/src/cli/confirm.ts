// A question at the terminal. There is no answer that Return alone gives: yes and no are typed alike.
import process from "node:process";
import { createInterface } from "node:readline";
import { InputWrong } from "../errors.ts";

/** Whether `yes` was typed; asks again until it is yes or no, and an end of the input is a no. Throws InputWrong without a terminal. */
export async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new InputWrong(
      "nobody can be asked here: give --sha256 with the hash you looked at, or --yes",
    );
  const terminal = createInterface({
    input: process.stdin,
    output: process.stderr,
    prompt: `${question} (yes/no) `,
  });
  try {
    terminal.prompt();
    for await (const line of terminal) {
      const word = line.trim().toLowerCase();
      if (word === "yes" || word === "no") return word === "yes";
      terminal.prompt();
    }
    return false;
  } finally {
    // Leaving the loop does not: the program would wait for input that nobody asks for.
    terminal.close();
  }
}
