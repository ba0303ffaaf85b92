import { member } from "../checkpoint/config.ts";
import { loadSignatures } from "./load.ts";
import type { Library, Signature } from "./signature.ts";
import type { ListedSignature, SignatureStore } from "./store.ts";

/** The classes that a configuration may mean; more than one only where it contradicts itself or names a type alone. */
export interface Candidates {
  readonly signatures: readonly Signature[];
  /** `architectures` and `model_type`, where they are of different models. */
  readonly odds: { readonly architecture: string; readonly modelType: string } | null;
}

export type Named =
  | { readonly status: "named"; readonly candidates: Candidates }
  | { readonly status: "unnamed" | "remote" | "unknown" };

/** Classes of one model type that are tried where the configuration names no class. */
const MAX_OF_A_TYPE = 24;

/** The classes that `config.json` names. Code from elsewhere (`auto_map`) may be called as a library's class is. */
export function findCandidates(config: unknown): Named {
  const { className, library, modelType } = claimsOf(config);
  if (className === undefined && modelType === undefined) return { status: "unnamed" };
  if (hasMembers(member(config, "auto_map"))) return { status: "remote" };
  const store = loadSignatures();
  if (className === undefined) return named(ofType(store, modelType as string));
  const signature = store.signatureFor({ className, library, modelType });
  if (signature === undefined) return { status: "unknown" };
  const isAtOdds =
    modelType !== undefined && library === "transformers" && !signature.modelTypes.includes(modelType);
  const others = isAtOdds ? ofType(store, modelType).filter(hasHead(className, signature)) : [];
  const odds = others.length > 0 && modelType !== undefined ? { architecture: className, modelType } : null;
  return named([signature, ...others], odds);
}

function named(signatures: readonly Signature[], odds: Candidates["odds"] = null): Named {
  return signatures.length === 0
    ? { status: "unknown" }
    : { status: "named", candidates: { signatures, odds } };
}

function claimsOf(config: unknown): {
  readonly className?: string;
  readonly library?: Library;
  readonly modelType?: string;
} {
  const architectures = member(config, "architectures");
  const [first] = Array.isArray(architectures) ? (architectures as unknown[]) : [];
  const own = member(config, "_class_name");
  const type = member(config, "model_type");
  const modelType = typeof type === "string" ? { modelType: type } : {};
  if (typeof first === "string") return { className: first, library: "transformers", ...modelType };
  if (typeof own === "string") return { className: own, library: "diffusers" };
  return modelType;
}

function ofType(store: SignatureStore, modelType: string): Signature[] {
  const listed = store
    .listSignatures()
    .filter(({ library, modelTypes }) => library === "transformers" && modelTypes.includes(modelType));
  return listed.slice(0, MAX_OF_A_TYPE).flatMap((each) => read(store, each, modelType) ?? []);
}

function read(
  store: SignatureStore,
  { className, library }: ListedSignature,
  modelType: string,
): Signature | undefined {
  return store.signatureFor({ className, library, modelType });
}

/** Whether a class is for the same task: what follows the model's own name is the same. */
function hasHead(className: string, { className: known }: Signature): (other: Signature) => boolean {
  const head = /(?:For[A-Z]\w*|Model|LMHeadModel|\w)$/.exec(className)?.[0] ?? known;
  return ({ className: other }) => other.endsWith(head);
}

function hasMembers(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
