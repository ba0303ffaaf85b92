import { formatCount } from "../../format/count.ts";
import type { Place } from "../places.ts";
import type { Comparing } from "./comparing.ts";

/** Keys under which configurations speak of images, each with code of its own. */
const LIKE_VISION = /vision|visual|vit_|image|img|^mm_|patch|pixel|vq_|omni|thinker/i;

/** Tensors of a vision tower and a configuration for it come together, or neither does. */
export function visionPart(c: Comparing): void {
  const { claims } = c;
  const isDescribed = claims.describesVision;
  const tower = c.model.places.filter(({ scope, part }) => scope === "vision" && part !== "scale");
  const about = { id: "vision.config", severity: "warning", subject: "vision tower" } as const;
  if (tower.length === 0) {
    if (!isDescribed) return c.lack(about.id, "there is no vision tower");
    // Names that no rule knows may be the tower; patches show that images are read without one.
    const others = c.model.places.some(({ role }) => role === "embed.patch" || role === "unknown");
    if (others) return c.agree(about.id);
    const headers = "no tensor of one: an export of the text alone";
    return c.report({ ...about, config: "one (vision_config)", headers });
  }
  if (!isDescribed) {
    if (claims.topArchitectures === undefined)
      return c.lack(about.id, "the configuration does not state its architectures");
    // Code in the repository may hold the numbers of its tower.
    if (claims.keyNames.some((key) => key === "auto_map" || LIKE_VISION.test(key)))
      return c.lack(about.id, "the tower is not described in a way that is known");
    const headers = `${formatCount(tower.reduce((sum, { count }) => sum + count, 0))} tensors of one`;
    return c.report({ ...about, config: "nothing (vision_config)", headers }, tower.slice(0, 1));
  }
  c.agree(about.id);
  patches(c, tower.find(isPatch));
}

/** The convolution that cuts an image into patches: its last two dimensions are a patch. */
function isPatch({ role, part, shape }: Place): boolean {
  return role === "embed.patch" && part === "weight" && (shape.length === 4 || shape.length === 5);
}

function patches(c: Comparing, place: Place | undefined): void {
  const size = c.nested("vision_config", "patch");
  if (place === undefined || size.value === null) return;
  const held = { measured: place.leaf, at: place, severity: "warning" } as const;
  for (const stored of new Set(place.shape.slice(-2)))
    c.hold("vision.config", { ...held, subject: "side of a patch", expected: size, stored });
  // Some state the width of the language model under the same name: any of them may be meant.
  const widths = (["embed_dim", "hidden_size", "width", "d_model"] as const).map((key) =>
    c.nested("vision_config", key),
  );
  const stated = widths.filter(({ value }) => value !== null);
  const [expected] = stated;
  const width = place.shape[0] as number;
  if (expected === undefined || stated.some(({ value }) => value === width)) return;
  c.hold("vision.config", { ...held, subject: "width of the vision tower", expected, stored: width });
}
