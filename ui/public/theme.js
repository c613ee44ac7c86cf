// Applies the theme chosen in an earlier visit before the first paint; without a choice the system decides.
const chosen = localStorage.getItem("tidemark.theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
