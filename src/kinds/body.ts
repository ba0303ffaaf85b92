import type { Model } from "../architecture/model.ts";
import { isSideScope } from "../architecture/roles.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import { AUDIO_TYPES, IMAGE_TYPES, OTHER_TYPES, READER_TYPES, TWO_STACK_TYPES } from "./class-names.ts";
import type { Kind } from "./kind-names.ts";

/** What the tensors of a model tell of what it reads and writes, with the type that its configuration names. */
export function kindOfBody(model: Model): { readonly kind: Kind; readonly evidence: string } {
  const type = model.claims.modelType ?? "";
  const seen = new Seen(model);
  const isComposite = model.claims.isComposite;
  if (OTHER_TYPES.test(type)) return { kind: "other", evidence: `model_type ${type}` };
  if (AUDIO_TYPES.test(type) && !isComposite) {
    if (/^(?:whisper|moonshine|speech_to_text)/.test(type) && seen.hasTwoStacks)
      return { kind: "seq2seq", evidence: "an encoder, and a decoder that reads it" };
    return { kind: "audio", evidence: `model_type ${type}` };
  }
  if (IMAGE_TYPES.test(type) && !seen.readsTokens) return { kind: "vision", evidence: `model_type ${type}` };
  if (IMAGE_TYPES.test(type) && !seen.readsImages)
    return { kind: "encoder", evidence: `model_type ${type}, what reads its texts` };
  if (seen.readsTokens && (seen.readsImages || seen.hasAudioTower))
    return { kind: "multimodal", evidence: "a table of tokens, and a tower beside it" };
  if (TWO_STACK_TYPES.test(type) && seen.hasTwoStacks)
    return { kind: "seq2seq", evidence: "an encoder, and a decoder that reads it" };
  if (READER_TYPES.test(type)) return { kind: "encoder", evidence: `model_type ${type}` };
  if (TWO_STACK_TYPES.test(type) && /ForCausalLM$/.test(model.claims.architecture ?? ""))
    return { kind: "language-model", evidence: `model_type ${type}, its decoder alone` };
  if (TWO_STACK_TYPES.test(type)) return { kind: "encoder", evidence: `model_type ${type}, one stack` };
  if (seen.readsTokens && seen.hasTwoStacks)
    return { kind: "seq2seq", evidence: "an encoder, and a decoder that reads it" };
  if (!seen.readsTokens && seen.readsImages)
    return { kind: "vision", evidence: "what cuts a picture into patches" };
  if (!seen.readsTokens && seen.hasAudioTower) return { kind: "audio", evidence: "an audio encoder" };
  if (seen.readsWhole) return { kind: "encoder", evidence: "positions that look both ways" };
  if (seen.readsTokens && model.main !== undefined && model.isGenerative)
    return { kind: "language-model", evidence: "layers behind a table of tokens" };
  return { kind: "unknown", evidence: "" };
}

/** Names and roles that only readers of whole texts have. */
const WHOLE_READERS: ReadonlySet<string> = new Set(["token_type_embeddings", "rel_embeddings", "pooler"]);

class Seen {
  private readonly model: Model;
  private readonly tensorRoles: readonly TensorRole[];

  constructor(model: Model) {
    this.model = model;
    this.tensorRoles = model.tensorRoles;
  }

  get readsTokens(): boolean {
    return this.tensorRoles.some(
      ({ role, scope, shape }) => role === "embed.token" && shape.length === 2 && !isSideScope(scope),
    );
  }

  get readsImages(): boolean {
    return this.tensorRoles.some(
      ({ scope, role, part, shape }) =>
        scope === "vision" ||
        role === "embed.patch" ||
        (part === "weight" && shape.length === 4 && shape[1] === 3),
    );
  }

  get hasAudioTower(): boolean {
    return this.tensorRoles.some(({ scope }) => scope === "audio");
  }

  get hasTwoStacks(): boolean {
    const scopes = new Set(this.model.stacks.map(({ scope }) => scope));
    return scopes.has("encoder") && scopes.has("decoder");
  }

  get readsWhole(): boolean {
    const { family, main } = this.model;
    if (family.traits.readsWhole === true || main?.scope === "encoder") return true;
    if (main?.prefix.split(".").includes("encoder") && !this.model.isGenerative) return true;
    return this.tensorRoles.some(({ leaf, inner }) => WHOLE_READERS.has(leaf) || inner.includes("pooler"));
  }
}
