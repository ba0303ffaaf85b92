import { type DiffResult, diffComponents } from "../analysis/diff.ts";
import { type Model, modelOf } from "../architecture/model.ts";
import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import { type Claims, claimsOf } from "../checkpoint/claims.ts";
import type { EngineRun } from "../engines/run.ts";
import { type Quantization, quantizationOf } from "../quantization/quantization.ts";
import type { Expectations } from "./expectations.ts";
import type { ScaleValues } from "./scale-values.ts";

/** What the user asks for beyond the facts: each is null or empty unless given. */
export interface CheckOptions {
  /** The checkpoint that this one was made from. */
  readonly original?: Checkpoint | null;
  /** Values of scale tensors that were read. */
  readonly values?: ScaleValues | null;
  readonly tensorParallel?: number | null;
  readonly expertParallel?: number | null;
  /** Engines that are asked whether they would load it. */
  readonly engines?: EngineRun | null;
  readonly expectations?: Expectations;
}

/** What checks look at: one component, with the checkpoint it belongs to. Quantization and model are made when asked. */
export class Subject {
  readonly checkpoint: Checkpoint;
  readonly component: Component;
  readonly options: CheckOptions;
  private diff: DiffResult | undefined;

  constructor(checkpoint: Checkpoint, component: Component, options: CheckOptions) {
    this.checkpoint = checkpoint;
    this.component = component;
    this.options = options;
  }

  get quantization(): Quantization {
    return quantizationOf(this.component);
  }

  get model(): Model {
    return modelOf(this.component);
  }

  get claims(): Claims {
    return claimsOf(this.component);
  }

  /** Whether this is the component that checks of the checkpoint as a whole are run with. */
  get isFirst(): boolean {
    return this.component === this.checkpoint.components[0];
  }

  /** The component of the original to compare with: of the same name, or the only one. */
  get original(): Component | undefined {
    const components = this.options.original?.components ?? [];
    return components.find((other) => other.name === this.component.name) ?? components[0];
  }

  /** What changed from the original to this component; undefined where no original was given. */
  get changes(): DiffResult | undefined {
    if (this.diff === undefined && this.original !== undefined)
      this.diff = diffComponents(this.original, this.component, { weightsOnly: true });
    return this.diff;
  }
}
