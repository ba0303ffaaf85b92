import { type Expression, parseExpression } from "./expression.ts";
import { PINS } from "./table.ts";

/** One line of the table of pins, read. */
export type Pin =
  | { readonly about: "side"; readonly path: string; readonly axis: number; readonly is: Expression }
  | { readonly about: "members" | "presence"; readonly path: string; readonly is: Expression }
  | { readonly about: "always"; readonly path: string };

const LINE = /^(?<path>\S+?)(?:\[(?<axis>\d)\])?(?: (?<sign>[=?]) (?<formula>.+)| !)$/;

const READ = new Map<string, readonly Pin[]>();

/** The pins of a class; none where the table has no row of it. Each is read once. */
export function pinsOf(className: string): readonly Pin[] {
  let pins = READ.get(className);
  if (pins === undefined) {
    const text = Object.hasOwn(PINS, className) ? (PINS[className] ?? "") : "";
    pins = readPins(text);
    READ.set(className, pins);
  }
  return pins;
}

/** Pins as they are written, one a line. */
export function readPins(text: string): readonly Pin[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map(readLine);
}

function readLine(line: string): Pin {
  const { path = "", axis, sign, formula } = LINE.exec(line)?.groups ?? {};
  if (path === "") throw new Error(`a pin that is not understood: ${line}`);
  if (formula === undefined) return { about: "always", path };
  const is = parseExpression(formula);
  if (sign === "?") return { about: "presence", path, is };
  if (path.endsWith(".#")) return { about: "members", path: path.slice(0, -2), is };
  return { about: "side", path, axis: Number(axis), is };
}
