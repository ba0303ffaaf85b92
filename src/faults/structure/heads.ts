import { isSideScope, type Scope } from "../../architecture/roles.ts";
import { claimsOf } from "../../checkpoint/claims.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import { labelHeads, taskOf } from "../../kinds/task.ts";
import { heldOf } from "../../signatures/held.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** Heads that a class which writes words never has. */
const SCORES = /^(?:score|classifier|classification_head|reward_head|regression_head)$/;

/** Tasks whose heads have one of the names that are looked for. */
const LABELLED = /^(?:(?:Sequence|Token|Image|Audio|Video)Classification|QuestionAnswering|MultipleChoice)$/;

/** Tasks whose labels a language model behind the tower may say in words (ShieldGemma 2: yes or no). */
const PICTURES_AND_SOUNDS = /^(?:Image|Audio|Video)Classification$/;

function answersInWords({ model }: Scene): boolean {
  const isOfText = ({ scope }: { readonly scope: Scope }) => !isSideScope(scope);
  return (
    model.isGenerative &&
    model.tensorRoles.some((each) => each.role === "embed.token" && isOfText(each)) &&
    model.tensorRoles.some((each) => each.stack !== null && each.bucket === "attention" && isOfText(each))
  );
}

/** The head that is stored against the one that the class is named after. */
export function findMisnamedHeads(scene: Scene): Fault[] {
  const { component } = scene;
  const [className] = claimsOf(component).topArchitectures ?? [];
  const task = typeof className === "string" ? taskOf(className) : null;
  if (typeof className !== "string" || task === null || !component.isComplete) return [];
  if (task !== "CausalLM" && !LABELLED.test(task)) return [];
  if (component.table.count === 0 || adapterOf(component) !== null) return [];
  const { model } = scene;
  const heads = labelHeads(model);
  if (task === "CausalLM") {
    const head = heads.find((name) => SCORES.test(name));
    const stored = model.tensorRoles.filter(
      ({ stack, segments }) => stack === null && segments.includes(head ?? ""),
    );
    if (head === undefined || !model.isGenerative || stored.length === 0) return [];
    const at = PlaceSet.tensorPaths(stored.map(({ segments }) => segments));
    const other = className.replace(/(?:ForCausalLM|LMHeadModel)$/, "ForSequenceClassification");
    return [fault("head.other", at, { className, other })];
  }
  // Of a class that is known its signature tells which tensors are not stored.
  if (heads.length > 0 || heldOf(component) !== undefined) return [];
  if (PICTURES_AND_SOUNDS.test(task) && answersInWords(scene)) return [];
  return [fault("head.lost", PlaceSet.whole(), { className })];
}
