import type { Model } from "../architecture/model.ts";
import type { Scope } from "../architecture/roles.ts";
import { kindOf } from "../kinds/kind.ts";

/** Tasks of classifiers by what they look at or listen to. */
const SEEING = /^(?:Image|Video|ObjectDetection|Depth|Pose|\w*Segmentation)/;
const HEARING = /^(?:Audio|CTC|XVector)/;

/**
 * What the body of a model is called where it reads no tokens: names put all that is not below a tower into one scope,
 * and a lone encoder of images or sounds has no tower around it.
 */
export function bodyScopeOf({ component, tensorRoles }: Model): Scope {
  const own = tensorRoles.filter(({ scope }) => scope === "text");
  if (own.some(({ role }) => role === "embed.token")) return "text";
  const { kind, task } = kindOf(component);
  if (kind === "vision" || (kind === "classifier" && SEEING.test(task ?? ""))) return "vision";
  if (kind === "audio" || (kind === "classifier" && HEARING.test(task ?? ""))) return "audio";
  return own.some(({ role }) => role === "embed.patch") ? "vision" : "text";
}
