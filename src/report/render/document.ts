import type { Diagram } from "../../analysis/arch-diagram.ts";
import type { Meaning } from "./view.ts";

/**
 * What a report looks like, before it is known where: a list of blocks. The text and the Markdown writer print the same
 * document; outside strings are in it raw, and each writer escapes them for its sink.
 */
export type Block =
  | {
      readonly kind: "title";
      readonly text: string;
      /** `owner/name` on the hub, where the text names one: a link where a terminal has them. */
      readonly repository?: string;
      readonly subtitle?: string;
      /** What must not be overlooked, in a line of its own. */
      readonly alarm?: string;
      /** What it is, in lines of their own below the title. */
      readonly lines?: readonly string[];
    }
  | {
      readonly kind: "heading";
      readonly text: string;
      /** An address of ours that tells more: a link where a terminal has them. */
      readonly link?: string;
      readonly subtitle?: string;
      /** What it is about: severities and verdicts have a colour of their own. */
      readonly meaning?: Meaning;
    }
  | { readonly kind: "facts"; readonly rows: readonly (readonly [label: string, value: Inline])[] }
  | {
      readonly kind: "lines";
      readonly lines: readonly Inline[];
      /** Below a blank line; else right below what stands before. */
      readonly isApart?: true;
    }
  | { readonly kind: "diagram"; readonly diagram: Diagram }
  | Table
  | Outline;

/** A piece of a line: one text, or several with meanings of their own. */
export type Inline = string | Span | readonly Span[];

export interface Span {
  readonly text: string;
  readonly meaning?: Meaning;
  /** To be written literally: between backticks, in Markdown as code. */
  readonly isCode?: boolean;
  /** An address that the piece leads to, where a terminal has links. */
  readonly link?: string;
  /** In trees: where a row is too wide, pieces go in this order, highest first, before anything is cut. */
  readonly dropAt?: number;
}

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** On narrow terminals columns go in this order, highest first; one without it always stays. */
  readonly dropAt?: number;
  readonly meaning?: Meaning;
  /** Takes the room that is left and is shortened in its middle first. */
  readonly flexible?: boolean;
  /** Of a first column: cells are paths of modules; where they do not fit, what neighbours begin with is said once above them. */
  readonly isPath?: true;
  /** Where a row would be cut, cells stand below those of the column to the left, behind an arrow: before, and after. */
  readonly foldsUnder?: true;
  /** Cells are shares between 0 and 1, which a terminal shows as bars in the room that is left; Markdown leaves them out. */
  readonly isBar?: true;
}

export interface Table {
  readonly kind: "table";
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** A tree with columns to its right. */
export interface Outline {
  readonly kind: "outline";
  /** Columns behind the tree itself. */
  readonly columns: readonly Column[];
  readonly rows: readonly OutlineRow[];
}

export interface OutlineRow {
  /** For each ancestor and the row itself, whether it is the last of its siblings; empty for a root. */
  readonly last: readonly boolean[];
  readonly label: readonly Span[];
  readonly cells: readonly string[];
  /** A remark about the row above: broken into lines where it is wide, and widens nothing. */
  readonly isNote?: boolean;
}

export function spansOf(inline: Inline): readonly Span[] {
  if (typeof inline === "string") return [{ text: inline }];
  return "text" in inline ? [inline as Span] : (inline as readonly Span[]);
}
