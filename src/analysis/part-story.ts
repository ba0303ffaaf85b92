import type { Kind } from "../kinds/kind.ts";

/** What a part of a whole is, in short. */
export interface PartStory {
  readonly component: string;
  readonly kind: Kind;
  readonly family: string | null;
  /** The class that its configuration names, null without one. */
  readonly className: string | null;
  readonly parameters: number;
}
