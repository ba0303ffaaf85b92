import { countActive } from "../architecture/active.ts";
import { isSideScope } from "../architecture/roles.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import type { Shard } from "../checkpoint/checkpoint.ts";
import type { Subject } from "./subject.ts";

/** A number that a writer may have put down for the right one, and what it counts. */
interface Mistake {
  readonly value: number;
  readonly what: string;
}

/** What a wrong `total_size` counts, where that can be told to the byte; null where it equals nothing known. */
export function explainTotalSize(subject: Subject, claimed: number): string | null {
  const families = [ofFiles, ofBytesPerParameter, ofParts, ofPredictionModule, ofShards];
  return explain(subject, claimed, families);
}

/** The same for `total_parameters`. */
export function explainTotalParameters(subject: Subject, claimed: number): string | null {
  return explain(subject, claimed, [ofParameters, ofParameterParts]);
}

/** Families of mistakes in turn, the likely ones first; what they cost is spent on a wrong claim only. */
function explain(
  subject: Subject,
  claimed: number,
  families: readonly ((subject: Subject) => readonly Mistake[])[],
): string | null {
  for (const family of families) {
    const mistake = family(subject).find(({ value }) => value === claimed);
    if (mistake !== undefined) return mistake.what;
  }
  return null;
}

function sum<T>(list: readonly T[], of: (item: T) => number): number {
  return list.reduce((total, item) => total + of(item), 0);
}

function readShards({ component }: Subject): Extract<Shard, { status: "read" }>[] {
  return component.shards.filter((shard) => shard.status === "read");
}

/** mlx-lm sums the sizes of the files (mlx-examples#413). */
function ofFiles(subject: Subject): Mistake[] {
  const shards = readShards(subject);
  const files = sum(shards, ({ fileBytes }) => fileBytes);
  const headers = sum(shards, ({ headerBytes }) => headerBytes);
  return [
    { value: files, what: "the sizes of the files, headers counted" },
    { value: files - 8 * shards.length, what: "the tensors and the headers' JSON" },
    { value: files - headers, what: "the data of all files, tensors of two shards counted twice" },
  ];
}

/** Sizes before a cast or a quantization, and counts taken for bytes. */
function ofBytesPerParameter({ quantization, model, component }: Subject): Mistake[] {
  const { root } = component.kinds;
  const parameters = quantization.parameters(root);
  const tensorBytes = component.kinds.bytes(root);
  const isPacked = (tensorRole: TensorRole) => model.weights.tensor(tensorRole.node).isPacked;
  const original = sum(model.tensorRoles, (tensorRole) => {
    if (tensorRole.bucket === "quant_metadata") return 0;
    return tensorRole.count * (isPacked(tensorRole) ? 2 * tensorRole.parametersEach : tensorRole.bytesEach);
  });
  // The headers cannot tell these two apart where all weights have 16 bits.
  const asF32 = "4 bytes for each parameter, as F32 takes";
  const twice = "every tensor counted twice";
  return [
    { value: parameters, what: "the number of parameters, not of bytes" },
    { value: component.kinds.elements(root), what: "the number of stored elements, not of bytes" },
    { value: 2 * parameters, what: "2 bytes for each parameter, as 16-bit weights take" },
    { value: original, what: "the size before quantization, at 2 bytes for each quantized parameter" },
    { value: 2 * tensorBytes, what: tensorBytes === 2 * parameters ? `${twice}, or ${asF32}` : twice },
    { value: 4 * parameters, what: asF32 },
    {
      value: tensorBytes - quantization.auxiliaryBytes(root),
      what: "the weights without their scales and metadata",
    },
  ];
}

/** A part of the model that was counted and is not stored, or the other way round. */
function ofParts({ model, component }: Subject): Mistake[] {
  const { tensorRoles } = model;
  const tensorBytes = component.kinds.bytes(component.kinds.root);
  const bytes = ({ count, bytesEach }: TensorRole) => count * bytesEach;
  const embedding = sum(inMain(tensorRoles, "embed.token"), bytes);
  return [
    ...withoutScopes(tensorRoles, tensorBytes, bytes),
    ...withEmbeddingTwice(tensorRoles, tensorBytes + embedding),
    ...withoutRole(tensorRoles, "head.lm", "everything but the head", tensorBytes, bytes),
  ];
}

/** How the parts of a model are called in a sentence. */
const SCOPE_WORDS: Partial<Record<TensorRole["scope"], string>> = {
  mtp: "multi-token-prediction module",
  vision: "vision tower",
  audio: "audio tower",
  projector: "projector",
};

/** Places of a role in the language model proper. */
function inMain(tensorRoles: readonly TensorRole[], role: TensorRole["role"]): TensorRole[] {
  return tensorRoles.filter((tensorRole) => tensorRole.role === role && !isSideScope(tensorRole.scope));
}

function withoutScopes(
  tensorRoles: readonly TensorRole[],
  total: number,
  of: (tensorRole: TensorRole) => number,
): Mistake[] {
  return Object.entries(SCOPE_WORDS).map(([scope, word]) => {
    const own = tensorRoles.filter((tensorRole) => tensorRole.scope === scope);
    return { value: total - sum(own, of), what: `everything but the ${word}` };
  });
}

/** A head that shares its table with the embedding is one tensor; some writers count it twice. */
function withEmbeddingTwice(tensorRoles: readonly TensorRole[], value: number): Mistake[] {
  if (inMain(tensorRoles, "head.lm").length > 0) return [];
  return [{ value, what: "the embedding counted a second time as the head that shares it" }];
}

function withoutRole(
  tensorRoles: readonly TensorRole[],
  role: TensorRole["role"],
  what: string,
  total: number,
  of: (tensorRole: TensorRole) => number,
): Mistake[] {
  return [{ value: total - sum(inMain(tensorRoles, role), of), what }];
}

/**
 * The index of an export that lost its multi-token-prediction module afterwards (MiniMax-M3: 14,984,738,304 bytes too
 * many): one more layer, `eh_proj` of two widths by one, three norms; as DeepSeek stores it, embedding and head too.
 */
function ofPredictionModule({ model, component }: Subject): Mistake[] {
  const { main, hidden, tensorRoles } = model;
  const norm = tensorRoles.find(
    (tensorRole) => tensorRole.bucket === "norms" && tensorRole.shape[0] === hidden,
  );
  if (main === undefined || hidden === null || norm === undefined) return [];
  const tensorBytes = component.kinds.bytes(component.kinds.root);
  const around = (2 * hidden * hidden + 3 * hidden) * (norm.bytesEach / norm.elementsEach);
  const tables = sum(
    [...inMain(tensorRoles, "embed.token"), ...inMain(tensorRoles, "head.lm")],
    ({ count, bytesEach }) => count * bytesEach,
  );
  const what = "everything here and one multi-token-prediction module that is not";
  return main.groups.flatMap(({ kind }) => {
    const value = tensorBytes + component.kinds.bytes(kind) + around;
    return [
      { value, what },
      { value: value + tables, what },
    ];
  });
}

/** A shard that was counted alone, as by a loop that forgets to add, forgotten, or counted twice. */
function ofShards(subject: Subject): Mistake[] {
  const tensorBytes = subject.component.kinds.bytes(subject.component.kinds.root);
  const shards = readShards(subject).map(({ path, fileBytes, headerBytes }) => ({
    own: fileBytes - headerBytes,
    name: path,
  }));
  return [
    ...shards.map(({ own, name }) => ({ value: own, what: `the tensors of ${name} alone` })),
    ...shards.flatMap(({ own, name }) => [
      { value: tensorBytes - own, what: `everything but the tensors of ${name}` },
      { value: tensorBytes + own, what: `everything, with the tensors of ${name} counted twice` },
    ]),
  ];
}

function ofParameters({ quantization, component, model }: Subject): Mistake[] {
  const { root } = component.kinds;
  const elements = component.kinds.elements(root);
  const buffers = sum(
    model.tensorRoles.filter((tensorRole) => tensorRole.bucket === "buffers"),
    ({ count, elementsEach }) => count * elementsEach,
  );
  return [
    { value: elements, what: "stored elements, packed weights and scales as they are" },
    { value: elements - buffers, what: "stored elements without buffers" },
    { value: elements - quantization.auxiliaryElements(root), what: "stored elements without scales" },
    { value: component.kinds.bytes(root), what: "bytes, not parameters" },
  ];
}

function ofParameterParts({ model, quantization, component }: Subject): Mistake[] {
  const { tensorRoles, layers, claims } = model;
  const { active } = countActive(tensorRoles, layers, claims);
  const total = quantization.parameters(component.kinds.root);
  const parameters = ({ count, parametersEach }: TensorRole) => count * parametersEach;
  const embedding = sum(inMain(tensorRoles, "embed.token"), parameters);
  return [
    ...withoutScopes(tensorRoles, total, parameters),
    ...withEmbeddingTwice(tensorRoles, total + embedding),
    ...withoutRole(tensorRoles, "embed.token", "everything but the embedding", total, parameters),
    ...withoutRole(tensorRoles, "head.lm", "everything but the head", total, parameters),
    { value: 2 * total, what: "every parameter counted twice" },
    ...(active === null ? [] : [{ value: active, what: "the parameters active for one token" }]),
  ];
}
