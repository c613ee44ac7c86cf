// One flag for every setting that is no secret, made from the table of settings.
import { type Command, Option } from "commander";
import { flagOf } from "../config.ts";
import { type SettingName, settingNames, settings } from "../settings.ts";

export function configFlags(command: Command): Command {
  command.option("--config <file>", "YAML file of settings (TIDEMARK_CONFIG)");
  for (const name of publicSettings()) {
    const { env, help, fallback, kind } = settings[name];
    const without =
      fallback === undefined || Array.isArray(fallback) ? "" : `, ${String(fallback)} without`;
    // A switch alone is on; what it is set to may follow.
    const value = kind === "switch" ? "[true|false]" : `<${kind}>`;
    command.addOption(new Option(`--${flagOf(name)} ${value}`, `${help} (${env}${without})`));
  }
  return command;
}

/** The flags that were typed, for `loadConfig`. `options` are commander's. */
export function flagsGiven(options: Readonly<Record<string, unknown>>): {
  readonly file: string | undefined;
  readonly flags: Partial<Record<SettingName, string>>;
} {
  const flags: Partial<Record<SettingName, string>> = {};
  for (const name of publicSettings()) {
    const value = options[camelCase(flagOf(name))];
    if (typeof value === "string" || value === true) flags[name] = String(value);
  }
  const file = options["config"];
  return { file: typeof file === "string" ? file : undefined, flags };
}

const publicSettings = () => settingNames.filter((name) => !settings[name].secret);
const camelCase = (flag: string) =>
  flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
