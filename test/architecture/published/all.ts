import { DENSE } from "./dense.ts";
import { DIFFUSION } from "./diffusion.ts";
import { ENCODERS } from "./encoders.ts";
import { GEMMAS } from "./gemma.ts";
import { HYBRID } from "./hybrid.ts";
import { LATENT } from "./latent.ts";
import { MINIMAX } from "./minimax.ts";
import { MOE } from "./moe.ts";
import type { Published } from "./published.ts";

/** Every published model that is here as code. */
export const PUBLISHED: readonly Published[] = [
  ...DENSE,
  ...MOE,
  ...LATENT,
  ...MINIMAX,
  ...HYBRID,
  ...GEMMAS,
  ...ENCODERS,
  ...DIFFUSION,
];
