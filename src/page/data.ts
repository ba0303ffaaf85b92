/** What the page's script is given: data of the report in the form that is drawn. Outside names are values, never keys. */
export interface PageData {
  readonly components: readonly ComponentData[];
  readonly findings: readonly FindingData[];
}

export interface ComponentData {
  readonly name: string;
  readonly map: MapData | null;
  readonly boxes: PackedBoxes | null;
  readonly arch: readonly StructureData[] | null;
  readonly tensors: TensorData | null;
}

export interface FindingData {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
}

/** The precision map of a component: a grid for each list of layers. */
export interface MapData {
  /** Ways to store a weight that occur, each once. */
  readonly ways: readonly WayData[];
  readonly stacks: readonly StackData[];
  /** Modules outside of lists of layers. */
  readonly outside: readonly OutsideRow[];
}

export interface WayData {
  readonly bits: number | null;
  /** `FP8 block 128×128`, `BF16`. */
  readonly words: string;
}

export interface StackData {
  readonly stack: string;
  /** Number of the first layer, and how many columns there are. */
  readonly first: number;
  readonly columns: number;
  /** What a cell that is not there says; that the layer has none, where it is not told. */
  readonly absent?: string;
  readonly rows: readonly MapRow[];
}

export interface MapRow {
  readonly module: string;
  readonly role: string;
  /** Experts of a full cell; null for a module that is none. */
  readonly experts: number | null;
  readonly shape: string;
  /** What stands behind the row in place of how it is stored. */
  readonly note?: string;
  readonly cells: readonly CellRun[];
}

/** Layers whose cell of a row is the same. */
export interface CellRun {
  readonly layers: string;
  /** Ways with the experts that are stored so; `[way, null]` for all of the cell. Empty for a cell that is not there. */
  readonly ways: readonly (readonly [way: number, experts: string | null])[];
  /** Findings about it, by number, and whether one of them is an error. */
  readonly faults: readonly number[];
  readonly isError: boolean;
  /** Experts that the findings name. */
  readonly faulty: string | null;
  /** Whether it is stored unlike most of its row. */
  readonly deviates: boolean;
}

export interface OutsideRow {
  readonly module: string;
  readonly role: string;
  readonly count: number;
  readonly way: number;
  readonly shape: string;
  readonly faults: readonly number[];
}

/** A box of the icicle: a module, or a fold of modules that are alike. */
export interface BoxData {
  readonly name: string;
  readonly path: string;
  readonly count: number;
  readonly bytes: number;
  readonly parameters: number;
  readonly role: string | null;
  /** Of a module with weights. */
  readonly scheme: string | null;
  readonly dtype: string | null;
  readonly bits: number | null;
  /** What sets it apart from its siblings. */
  readonly differs: string | null;
  readonly children: readonly BoxData[];
  /** Whether boxes below were left out. */
  readonly isCut?: boolean;
}

/** Boxes as the page holds them: a list each, words by number, and no path, as names make it up. A tenth of the size. */
export interface PackedBoxes {
  readonly words: readonly string[];
  readonly root: PackedBox;
}

/** Place of a word in `words`, -1 where it is not known. */
export type WordNumber = number;
export type PackedBox = readonly [
  name: string,
  count: number,
  bytes: number,
  parameters: number,
  role: WordNumber,
  scheme: WordNumber,
  dtype: WordNumber,
  bits: number | null,
  differs: string | 0,
  isCut: 0 | 1,
  children: readonly PackedBox[],
];

export interface StructureData {
  readonly stack: string;
  readonly layers: string;
  readonly count: number;
  readonly title: string;
  readonly scope: string;
  readonly facts: readonly string[];
  readonly nodes: readonly NodeData[];
  readonly parametersEach: number;
  /** Of a chain of stages, what skips the stages between two: places in `nodes`. Not given for a layer. */
  readonly skips?: readonly (readonly [from: number, to: number])[];
}

export interface NodeData {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  /** Below the title, in place of the parameters. */
  readonly note?: string;
  readonly parametersEach: number;
  readonly bytes: number;
  /** Bits with the parameters of a layer in them, for the stripe. */
  readonly bits: readonly (readonly [bits: number | null, parameters: number])[];
  readonly lanes: readonly (readonly [lane: string | null, steps: readonly StepData[]])[];
  readonly linears: readonly LinearData[];
}

export interface StepData {
  readonly does: string;
  readonly isClaim: boolean;
}

export interface LinearData {
  readonly module: string;
  readonly shape: string;
  readonly perLayer: number;
  readonly stored: string;
}

export interface TensorData {
  /** Paths of the shards, without what all of them begin and end with. */
  readonly shards: readonly string[];
  readonly shardEnds?: readonly [before: string, after: string];
  readonly rows: readonly TensorRowData[];
  /** Shards of the tensors of a row in their order, `shard, tensors, shard, tensors`; rows that are spread alike share one. */
  readonly spreads: readonly (readonly number[])[];
  /** Tensors of rows that were left out, as the page would be too large. */
  readonly left: number;
}

export interface TensorRowData {
  readonly parts: readonly string[];
  readonly count: number;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytesEach: number;
  readonly spread: number;
}
