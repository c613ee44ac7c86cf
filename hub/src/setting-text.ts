// How a setting is read from the text of a flag or a variable.

/** A switch is true or false, a list has commas between its items. */
export type SettingKind = "text" | "number" | "list" | "switch";

/** The value `text` stands for; what stands for none stays text, so that the setting's schema refuses it and quotes it. */
export function settingOf(kind: SettingKind, text: string): unknown {
  switch (kind) {
    case "number":
      return text.trim() === "" ? text : Number(text);
    case "list":
      return text.split(",").flatMap((item) => (item.trim() === "" ? [] : [item.trim()]));
    case "switch":
      return switchWords.get(text.toLowerCase()) ?? text;
    case "text":
      return text;
  }
}

const switchWords = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);
