import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import { member } from "../checkpoint/config.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import { countByDtype, countParameters, type DtypeRow, type LayerRow, type ModuleRow } from "./params.ts";

/** One screen: what is this, how big, how precise. */
export interface OverviewResult {
  readonly components: readonly ComponentOverview[];
  /** Sum over the components, null where they are separate checkpoints whose sum means nothing. */
  readonly parameters: number | null;
}

export interface ComponentOverview {
  readonly component: string;
  /** What `config.json` calls itself: a claim, null without one. */
  readonly declares: { readonly architecture: string | null; readonly modelType: string | null } | null;
  readonly shards: number;
  readonly tensors: number;
  readonly parameters: number;
  readonly elements: number;
  readonly auxiliaryElements: number;
  readonly bytes: number;
  readonly bitsPerWeight: number | null;
  readonly dtypes: readonly DtypeRow[];
  readonly modules: readonly ModuleRow[];
  readonly layers: readonly LayerRow[];
}

export function buildOverview(checkpoint: Checkpoint): OverviewResult {
  const components = checkpoint.components.map(describeComponent);
  const adds = components.length === 1 || checkpoint.addUp;
  return { components, parameters: adds ? components.reduce((sum, each) => sum + each.parameters, 0) : null };
}

function describeComponent(component: Component): ComponentOverview {
  const counts = countParameters(component);
  return {
    component: component.name,
    declares: readDeclaration(component),
    shards: component.shards.length,
    tensors: component.kinds.tensors(component.kinds.root),
    parameters: counts.parameters.total,
    elements: counts.elements.stored,
    auxiliaryElements: quantizationOf(component).auxiliaryElements(component.kinds.root),
    bytes: counts.bytes.total,
    bitsPerWeight: counts.bitsPerWeight,
    dtypes: countByDtype(component),
    modules: counts.byModule,
    layers: counts.byLayer,
  };
}

function readDeclaration(component: Component): ComponentOverview["declares"] {
  const config = component.configs.get("config.json");
  if (config === undefined) return null;
  const architectures = member(config, "architectures");
  const first: unknown = Array.isArray(architectures) ? architectures[0] : member(config, "_class_name");
  const modelType = member(config, "model_type");
  return {
    architecture: typeof first === "string" ? first : null,
    modelType: typeof modelType === "string" ? modelType : null,
  };
}
