// Light, dark, or as the system says; kept in this browser. `epoch` moves whenever colours do, for what draws on canvas.
export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const storageKey = "tidemark.theme";
const stored = localStorage.getItem(storageKey);

let chosen = $state<Theme>(stored === "light" || stored === "dark" ? stored : "system");
let epoch = $state(0);

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (epoch += 1));

export const theme = {
  get chosen(): Theme {
    return chosen;
  },
  get epoch(): number {
    return epoch;
  },
};

export function chooseTheme(next: Theme): void {
  chosen = next;
  if (next === "system") {
    localStorage.removeItem(storageKey);
    delete document.documentElement.dataset["theme"];
  } else {
    localStorage.setItem(storageKey, next);
    document.documentElement.dataset["theme"] = next;
  }
  epoch += 1;
}
