// The version of this program, from its package.
import manifest from "../package.json" with { type: "json" };

export const hubVersion: string = manifest.version;
