import type { Scheme } from "./scheme.ts";
import { awqGemm, awqGemv, awqGemvFast, paroquant } from "./schemes/awq.ts";
import { bnb4bit, bnbFp4, bnbInt8, bnbNf4 } from "./schemes/bitsandbytes.ts";
import { aqlm, higgs, quipSharp, spqr, vptq } from "./schemes/codebook.ts";
import { ctMarlin24, ctPackInt, ctSparse24, ctSparseBitmask } from "./schemes/compressed-tensors.ts";
import { exl2, exl3 } from "./schemes/exllama.ts";
import {
  fourOverSix,
  fp4E8m0,
  fpQuant,
  mxfp4Ct,
  mxfp4GptOss,
  mxfp4U8,
  mxfp6,
  mxint4,
  nativeF4,
  nativeF6,
  nvfp4,
  nvfp4Ct,
} from "./schemes/fp4.ts";
import {
  comfyFp8,
  fp8Block,
  fp8Channel,
  fp8PbWo,
  fp8Tensor,
  fp8Unscaled,
  mistralFp8,
  mxfp8,
} from "./schemes/fp8.ts";
import { ggufInSt, gptq, marlin, marlin24, qqq, squeezeLlm } from "./schemes/gptq.ts";
import { hqq, sinq } from "./schemes/hqq.ts";
import { ascend, eetq, int8, quarkAwq, quarkInt4Fp8, sdnq } from "./schemes/int8.ts";
import { bitnet, gemmaQat, int4OutPacked, svdquant } from "./schemes/low-bit.ts";
import { metalAffine, mlxAffine, mlxMxfp4, mlxMxfp8, mlxNvfp4 } from "./schemes/mlx.ts";
import {
  quanto,
  torchaoFloat8,
  torchaoInt4,
  torchaoInt4Int32,
  torchaoInt4Tile,
  torchaoInt8,
  torchaoIntx,
  torchaoMx,
  torchaoNvfp4,
} from "./schemes/torch.ts";

/** All schemes, in the order of the decision table: the first that recognises a weight reads it. */
export const SCHEMES = ofIds(
  mxfp4GptOss,
  bnbNf4,
  bnbFp4,
  bnb4bit,
  bnbInt8,
  torchaoNvfp4,
  torchaoMx,
  torchaoFloat8,
  torchaoInt4Tile,
  torchaoInt4Int32,
  torchaoInt4,
  torchaoIntx,
  torchaoInt8,
  quanto,
  exl3,
  exl2,
  sinq,
  hqq,
  aqlm,
  quipSharp,
  vptq,
  spqr,
  higgs,
  ctSparse24,
  ctSparseBitmask,
  ctMarlin24,
  ctPackInt,
  nvfp4Ct,
  mxint4,
  mxfp4Ct,
  fourOverSix,
  fpQuant,
  ggufInSt,
  svdquant,
  awqGemvFast,
  squeezeLlm,
  gptq,
  paroquant,
  awqGemm,
  awqGemv,
  marlin24,
  qqq,
  marlin,
  mlxAffine,
  mlxMxfp4,
  mlxMxfp8,
  mlxNvfp4,
  metalAffine,
  ascend,
  quarkInt4Fp8,
  quarkAwq,
  fp4E8m0,
  eetq,
  sdnq,
  int8,
  nvfp4,
  mxfp6,
  mxfp4U8,
  int4OutPacked,
  bitnet,
  gemmaQat,
  mxfp8,
  comfyFp8,
  mistralFp8,
  fp8PbWo,
  fp8Tensor,
  fp8Channel,
  fp8Block,
  fp8Unscaled,
  nativeF4,
  nativeF6,
);

/** Keeps of the types of all schemes their ids alone: spelled out, they would be a seventh of the package's declarations. */
function ofIds<Id extends string>(...schemes: readonly Scheme<Id>[]): readonly Scheme<Id>[] {
  return schemes;
}

/** Ids of the schemes; `none` is an unquantized weight, `unknown` one that no scheme fits. */
export type SchemeId = (typeof SCHEMES)[number]["id"] | "none" | "unknown";

const BY_ID: ReadonlyMap<string, Scheme<SchemeId>> = new Map(SCHEMES.map((scheme) => [scheme.id, scheme]));

export function schemeById(id: string): Scheme<SchemeId> | undefined {
  return BY_ID.get(id);
}
