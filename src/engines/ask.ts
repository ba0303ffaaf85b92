import { type Model, modelOf } from "../architecture/model.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { type Claims, claimsOf } from "../checkpoint/claims.ts";
import { member } from "../checkpoint/config.ts";
import type { PlaceSet } from "../checkpoint/place-set.ts";
import type { StatementValues } from "../faults/engine/statements/row.ts";
import type { StatementId } from "../faults/engine/statements.ts";
import { type Quantization, quantizationOf } from "../quantization/quantization.ts";
import { type Declared, readDeclared } from "./declared.ts";
import { type Linear, linearsOf } from "./linears.ts";
import type { EngineName } from "./names.ts";
import type { Plan } from "./plan.ts";
import type { ArchitectureRow, ServingTable, Tables } from "./table.ts";

/** What is said of a checkpoint in an engine's name. */
export interface Said {
  readonly statement: StatementId;
  readonly at: PlaceSet | null;
  readonly values: StatementValues;
}

export function say(statement: StatementId, at: PlaceSet | null, values: StatementValues = {}): Said {
  return { statement, at, values };
}

interface KnownOfAll {
  declaration?: Declared | null;
  readonly said: Map<(ask: Ask) => readonly Said[], readonly Said[]>;
}

/** One engine asked about one component under one plan: all facts, and no answer yet. */
export class Ask {
  readonly component: Component;
  readonly engine: EngineName;
  readonly tables: Tables;
  readonly plan: Plan;
  readonly config: unknown;
  /** What is the same under every plan, found once. */
  private readonly known: KnownOfAll;

  constructor(
    component: Component,
    engine: EngineName,
    tables: Tables,
    plan: Plan,
    known: KnownOfAll = { said: new Map() },
  ) {
    this.component = component;
    this.engine = engine;
    this.tables = tables;
    this.plan = plan;
    this.config = component.configs.get("config.json");
    this.known = known;
  }

  /** The same question under another plan. */
  under(plan: Partial<Plan>): Ask {
    return new Ask(this.component, this.engine, this.tables, { ...this.plan, ...plan }, this.known);
  }

  /** What a judge says that looks at no plan: asked once for all plans. */
  once(judge: (ask: Ask) => readonly Said[]): readonly Said[] {
    let said = this.known.said.get(judge);
    if (said === undefined) {
      said = judge(this);
      this.known.said.set(judge, said);
    }
    return said;
  }

  get model(): Model {
    return modelOf(this.component);
  }

  get quantization(): Quantization {
    return quantizationOf(this.component);
  }

  get claims(): Claims {
    return claimsOf(this.component);
  }

  /** The part of the configuration that is about the text model. */
  get text(): unknown {
    return this.claims.text;
  }

  get linears(): readonly Linear[] {
    return linearsOf(this.component);
  }

  /** The declaration that this engine goes by; null where it finds none. */
  get declared(): Declared | null {
    if (this.known.declaration === undefined)
      this.known.declaration = readDeclared(this.component, this.engine);
    return this.known.declaration;
  }

  /** The table of vLLM or SGLang; undefined for the others. */
  get serving(): ServingTable | undefined {
    return this.tables.serving[this.engine];
  }

  get isServing(): boolean {
    return this.engine === "vllm" || this.engine === "sglang";
  }

  get architectures(): readonly string[] {
    return (this.claims.topArchitectures ?? []).filter((name) => typeof name === "string");
  }

  /** The first of the architectures that the engine has a class for, with its row. */
  get native(): readonly [string, ArchitectureRow] | undefined {
    for (const name of this.architectures) {
      const row = this.serving?.architectures[name];
      if (row !== undefined && Object.hasOwn(this.serving?.architectures ?? {}, name)) return [name, row];
    }
    return undefined;
  }

  get modelType(): string | undefined {
    return this.claims.modelType;
  }

  /** The module of mlx-lm that a model is built by. */
  get mlxModule(): string {
    const { mlx } = this.tables;
    const type = this.modelType ?? "";
    if (mlx === null) return type;
    const [, , byArchitecture] =
      mlx.remapArchitecture.find(
        ([of, architecture]) => of === type && this.architectures.includes(architecture),
      ) ?? [];
    return byArchitecture ?? (Object.hasOwn(mlx.remap, type) ? mlx.remap[type] : undefined) ?? type;
  }

  /** Compute capability of the GPU that is asked about; null where none is, or where it has none. */
  get capability(): number | null {
    return this.plan.gpu?.capability ?? null;
  }

  has(key: string): boolean {
    return member(this.config, key) !== undefined;
  }

  /** Whether the repository brings code of its own for this class. */
  hasCode(prefix: string): boolean {
    const map = member(this.config, "auto_map");
    return typeof map === "object" && map !== null && Object.keys(map).some((key) => key.startsWith(prefix));
  }
}
