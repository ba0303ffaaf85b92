/** What is chosen on the page, kept behind `#`: a link shows the same again. Numbers and typed text only; what is unknown is ignored. */
const state = new URLSearchParams();
let isSettling = false;

/** Reads the address; a plain `#tensors` leads to a section, and says nothing. */
export function readAddress(): void {
  const text = location.hash.slice(1);
  for (const key of [...state.keys()]) state.delete(key);
  if (!text.includes("=")) return;
  for (const [key, value] of new URLSearchParams(text)) state.set(key, value);
}

export function chosen(key: string): string | null {
  return state.get(key);
}

/** Numbers with dots between them, null where it is anything else. */
export function chosenNumbers(key: string): number[] | null {
  const text = state.get(key);
  if (text === null || !/^\d{1,6}(?:\.\d{1,6})*$/.test(text)) return null;
  return text.split(".").map(Number);
}

/** Remembers a choice. The address is set once for all that changes together, and without a step to go back to. */
export function choose(key: string, value: string | null): void {
  if (value === null || value === "") state.delete(key);
  else state.set(key, value);
  if (isSettling) return;
  isSettling = true;
  setTimeout(() => {
    isSettling = false;
    const text = state.toString();
    try {
      history.replaceState(null, "", text === "" ? location.pathname + location.search : `#${text}`);
    } catch {
      // Frames without an origin may not: the page works without.
    }
  });
}
