import type { PlaceSet } from "../../checkpoint/place-set.ts";
import type { Outlier } from "../siblings/outliers.ts";

export interface StructureData {
  /** `siblings` is the same place in those that are as they usually are. */
  "sibling.odd": Pick<Outlier, "list" | "usualCount" | "difference"> & { readonly siblings: PlaceSet };
  /** How many other layers have the bias. */
  "bias.uneven": { readonly others: number };
  /** What is there and worth nothing without it. */
  "companion.missing": { readonly beside: string };
  /** The side that does not fit, and the tensor beside it that gives another size. */
  "sides.unlike": {
    readonly axis: number;
    readonly size: number;
    readonly other: string;
    readonly expected: number;
  };
  /** A convolution with its sides in another order; the entries of its bias, where those tell. */
  "convolution.turned": {
    readonly shape: readonly number[];
    readonly reason: "channels-first" | "channels-last" | "biases";
    readonly biases: number | null;
  };
  /** A head for labels that the class does not have, and the class that does. */
  "head.other": { readonly className: string; readonly other: string };
  "head.lost": { readonly className: string };
  /** Ids of added words that are not below the rows of the table. */
  "tokens.without-row": { readonly file: string; readonly ids: readonly number[]; readonly rows: number };
  /** The matrix that is not there, and the module of both. */
  "adapter.unpaired": { readonly lacking: PlaceSet; readonly leaf: string; readonly module: PlaceSet };
  /** A large part of another float type than the largest. */
  "dtype.uneven": { readonly dtype: string; readonly part: string; readonly usual: string };
  /** Pairs in a model with weights of its own. */
  "adapter.unmerged": { readonly pairs: number };
  /** New words of two encoders that have not as many vectors as each other. */
  "adapter.vectors": { readonly vectors: number; readonly other: number };
  "adapter.ranks": { readonly rank: number; readonly other: number };
  "adapter.declared-rank": { readonly rank: number; readonly declared: number };
  /** What other modules of the method have beside what is stored here. */
  "adapter.incomplete": { readonly leaf: string };
  /** The method that tensors are named after, and the one that is to load them. */
  "adapter.other-method": { readonly stored: string; readonly declared: string };
  "adapter.declared-size": { readonly key: string; readonly declared: number; readonly stored: number };
  /** An alpha is one number. */
  "adapter.alpha-shape": { readonly shape: readonly number[] };
  /** DoRA scales what it adds by a magnitude: one of the two is not there. */
  "adapter.magnitude": { readonly lacks: "magnitude" | "pair" | "use_dora" };
  /** What the header says of the base, the family that is meant, and the one that has these modules. */
  "adapter.other-base": { readonly words: string; readonly stated: string; readonly seen: string };
  /** The rank that the header states and no module has, the one that most have, and how many do. */
  "adapter.header-rank": { readonly declared: number; readonly rank: number; readonly modules: number };
  /** A name that ends in what separates names: no module of a base is called so. */
  "adapter.odd-end": { readonly name: string };
  /** An entry of `target_modules` that nothing is stored for. */
  "adapter.target-missing": { readonly target: string };
  /** A module that is to be saved whole, by the configuration or by its `task_type`, and is not stored. */
  "adapter.unsaved": { readonly module: string; readonly taskType: string | null };
  /** The first module that is adapted and no target, and how many there are beside it. */
  "adapter.untargeted": { readonly module: string; readonly further: number };
  /** The number of last layers that are loaded, and the number that is adapted. */
  "adapter.beyond-last": { readonly declared: number; readonly layers: number };
  /** A name with a segment that modules have in memory and files do not. */
  readonly "adapter.of-memory": { readonly name: string; readonly segment: string };
  /** The first of the names, none of which begins as PEFT looks for them. */
  "adapter.no-prefix": { readonly module: string };
  /** How many modules have an alpha where this one has none. */
  "adapter.alphas": { readonly others: number };
  "adapter.namings": { readonly naming: string; readonly usual: string };
}
