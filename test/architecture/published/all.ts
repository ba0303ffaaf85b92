import { DECODERS } from "./decoders.ts";
import { DELTA_NET } from "./delta-net.ts";
import { DENSE } from "./dense.ts";
import { DIFFUSION } from "./diffusion.ts";
import { ENCODERS } from "./encoders.ts";
import { EXPERTS } from "./experts.ts";
import { GEMMAS } from "./gemma.ts";
import { GPTS } from "./gpt.ts";
import { HYBRID } from "./hybrid.ts";
import { LATENT } from "./latent.ts";
import { MINIMAX } from "./minimax.ts";
import { MOE } from "./moe.ts";
import { NEMOTRON } from "./nemotron.ts";
import type { Published } from "./published.ts";
import { READERS } from "./readers.ts";
import { RECURRENCES } from "./recurrences.ts";
import { SHARED_BLOCK } from "./shared-block.ts";
import { STATE_SPACE } from "./state-space.ts";

/** Every published model that is here as code. */
export const PUBLISHED: readonly Published[] = [
  ...DENSE,
  ...DECODERS,
  ...GPTS,
  ...MOE,
  ...EXPERTS,
  ...LATENT,
  ...MINIMAX,
  ...DELTA_NET,
  ...STATE_SPACE,
  ...NEMOTRON,
  ...SHARED_BLOCK,
  ...HYBRID,
  ...RECURRENCES,
  ...GEMMAS,
  ...ENCODERS,
  ...READERS,
  ...DIFFUSION,
];
