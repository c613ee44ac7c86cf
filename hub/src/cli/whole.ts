// Numbers given to a command.
import { InvalidArgumentError } from "commander";

/** Reads a whole number within bounds, both included. */
export function whole(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < low || value > high)
      throw new InvalidArgumentError(`a whole number from ${low} to ${high} is expected.`);
    return value;
  };
}
