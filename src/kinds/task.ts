import type { Model } from "../architecture/model.ts";
import { isSideScope } from "../architecture/roles.ts";

/** Names of a last linear that turns a sequence or a picture into labels or a score. */
const LABEL_HEADS =
  /^(?:classifier|score|classification_head|cls_classifier|distillation_classifier|qa_outputs|reward_head|value_head|v_head|regression_head|class_labels_classifier|head|fc|head_dist|pre_classifier|sequence_summary|logits_proj)$/;

/** Heads whose class may be another, and the names that give them away. */
const SCORES = /^(?:score|classifier|reward_head|regression_head)$/;
const VALUES = /^(?:value_head|v_head)$/;

/** Tasks of heads that look at pictures: none of them writes, whatever it decodes with. */
export const PICTURE_TASKS = /Segmentation|Detection|Depth|Pose|Keypoint|Matching/;

/** The head that is stored, in the words of the classes of transformers; null where none is, or none is known. */
export function storedTask(model: Model): string | null {
  const name = model.claims.topArchitectures?.[0];
  const claimed = typeof name === "string" ? taskOf(name) : null;
  const heads = labelHeads(model);
  const hasWords = model.tensorRoles.some(({ role, scope }) => role === "head.lm" && !isSideScope(scope));
  if (claimed === "CausalLM" || claimed === null) {
    // A reward model under the name of what it was made from: its own head says what it does.
    if (!hasWords && heads.some((head) => SCORES.test(head)) && model.isGenerative)
      return "SequenceClassification";
    if (heads.some((head) => VALUES.test(head)) && model.isGenerative) return "RewardModel";
    if (claimed !== null) return claimed;
    return hasWords && model.isGenerative && name === undefined ? "CausalLM" : null;
  }
  if (/Classification|QuestionAnswering|MultipleChoice/.test(claimed))
    return heads.length > 0 || !model.component.isComplete ? claimed : null;
  return claimed;
}

/** `SequenceClassification` of `BertForSequenceClassification`, `CausalLM` of `GPT2LMHeadModel`. */
export function taskOf(className: string): string | null {
  if (/LMHeadModel$/.test(className)) return "CausalLM";
  if (/RewardModel$/.test(className)) return "RewardModel";
  const found = /For([A-Z][A-Za-z0-9]*)$/.exec(className)?.[1];
  return found ?? null;
}

/** Names of linears beside the layers that give labels or scores. */
export function labelHeads({ tensorRoles, main }: Model): string[] {
  const own = main?.prefix.split(".").slice(0, -1).join(".") ?? "";
  const found = tensorRoles
    .filter(({ stack, part, shape }) => stack === null && part === "weight" && shape.length >= 2)
    .flatMap(({ segments, inner }) => {
      const names = inner.filter((each) => each !== "weight");
      const path = segments.filter((each): each is string => typeof each === "string").join(".");
      if (own !== "" && path.startsWith(`${own}.`) && main !== undefined) return [];
      return names.slice(0, 2).filter((each) => LABEL_HEADS.test(each));
    });
  return [...new Set(found)];
}
