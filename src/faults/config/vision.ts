import { patchConvolution } from "../../architecture/convolution.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Comparing } from "./comparing.ts";

/** Keys under which configurations speak of images, each with code of its own. */
const LIKE_VISION = /vision|visual|vit_|image|img|^mm_|patch|pixel|vq_|video|omni|thinker/i;

/** `gemma3_text` is what the library calls the text part of `gemma3`, and a model without a tower of its own. */
const TEXT_TYPE = /^(\w+)_text$/;

/** Tensors of a vision tower and a configuration for it come together, or neither does. */
export function visionPart(c: Comparing): void {
  const { claims } = c;
  const isDescribed = claims.describesVision;
  const tower = c.model.tensorRoles.filter(({ scope, part }) => scope === "vision" && part !== "scale");
  if (tower.length === 0) {
    if (!isDescribed) return c.lack("vision.config", "there is no vision tower");
    // Names that no rule knows may be the tower; patches show that images are read without one.
    const others = c.model.tensorRoles.some(({ role }) => role === "embed.patch" || role === "unknown");
    if (others) return c.agree("vision.config");
    return c.report("vision.config", { lacks: "tower" });
  }
  if (!isDescribed) {
    const textType = TEXT_TYPE.exec(claims.modelType ?? "")?.[1];
    const tensors = tower.reduce((sum, { count }) => sum + count, 0);
    if (textType !== undefined)
      return c.report("vision.config", { lacks: "description", tensors, textType }, tower.slice(0, 1));
    if (claims.topArchitectures === undefined)
      return c.lack("vision.config", "the configuration does not state its architectures");
    // Code in the repository may hold the numbers of its tower.
    if (claims.keyNames.some((key) => key === "auto_map" || LIKE_VISION.test(key)))
      return c.lack("vision.config", "the tower is not described in a way that is known");
    return c.report("vision.config", { lacks: "description", tensors }, tower.slice(0, 1));
  }
  c.agree("vision.config");
  patches(c, tower.find(isPatch));
}

/** The convolution that cuts an image into patches. */
function isPatch({ role, part, shape }: TensorRole): boolean {
  return role === "embed.patch" && part === "weight" && (shape.length === 4 || shape.length === 5);
}

function patches(c: Comparing, tensorRole: TensorRole | undefined): void {
  const size = c.nested("vision_config", "patch");
  if (tensorRole === undefined || size.value === null) return;
  const patch = patchConvolution(tensorRole, c.nested("vision_config", "channels").value ?? COLOURS);
  if (patch === undefined)
    return c.lack("vision.config", `the layout of ${tensorRole.leaf} is not understood`);
  const held = { measured: tensorRole.leaf, at: tensorRole, severity: "warning" } as const;
  for (const stored of new Set(patch.sides))
    c.hold("vision.config", { ...held, subject: "side of a patch", expected: size, stored });
  // Some state the width of the language model under the same name: any of them may be meant.
  const widths = (["embed_dim", "hidden_size", "width", "d_model"] as const).map((key) =>
    c.nested("vision_config", key),
  );
  const stated = widths.filter(({ value }) => value !== null);
  const [expected] = stated;
  if (expected === undefined || stated.some(({ value }) => value === patch.width)) return;
  c.hold("vision.config", { ...held, subject: "width of the vision tower", expected, stored: patch.width });
}

/** Colours of a picture, where the configuration does not say. */
const COLOURS = 3;
