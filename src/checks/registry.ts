import type { Check } from "./check.ts";
import { adapterPairBroken } from "./rules/adapter-pair-broken.ts";
import { adapterTargetMissing } from "./rules/adapter-target-missing.ts";
import { adapterUneven } from "./rules/adapter-uneven.ts";
import { adapterUnlikeBase } from "./rules/adapter-unlike-base.ts";
import { adapterUnlikeHeader } from "./rules/adapter-unlike-header.ts";
import { adapterUnmerged } from "./rules/adapter-unmerged.ts";
import { attentionShapeMismatch } from "./rules/attention-shape-mismatch.ts";
import { auxiliaryMissing } from "./rules/auxiliary-missing.ts";
import { biasMissing } from "./rules/bias-missing.ts";
import { biasUndeclared } from "./rules/bias-undeclared.ts";
import { biasUneven } from "./rules/bias-uneven.ts";
import { classUnlikeModelType } from "./rules/class-unlike-model-type.ts";
import { companionMissing } from "./rules/companion-missing.ts";
import { configUnusable } from "./rules/config-unusable.ts";
import { convolutionTurned } from "./rules/convolution-turned.ts";
import { dataHole } from "./rules/data-hole.ts";
import { dataOverlap } from "./rules/data-overlap.ts";
import { declarationsDisagree } from "./rules/declarations-disagree.ts";
import { declaredEntryUnjudged } from "./rules/declared-entry-unjudged.ts";
import { declaredValueUnusable } from "./rules/declared-value-unusable.ts";
import { dtypePortability } from "./rules/dtype-portability.ts";
import { dtypeUneven } from "./rules/dtype-uneven.ts";
import { dtypeUnknown } from "./rules/dtype-unknown.ts";
import { dtypeUnlikeConfig } from "./rules/dtype-unlike-config.ts";
import { duplicateName } from "./rules/duplicate-name.ts";
import { embeddingMissing } from "./rules/embedding-missing.ts";
import { emptyWeight } from "./rules/empty-weight.ts";
import { ENGINE_CHECKS } from "./rules/engines.ts";
import { expectationUnmet } from "./rules/expectation-unmet.ts";
import { expertCountMismatch } from "./rules/expert-count-mismatch.ts";
import { expertGap } from "./rules/expert-gap.ts";
import { expertLayoutMixed } from "./rules/expert-layout-mixed.ts";
import { expertParallelIndivisible } from "./rules/expert-parallel-indivisible.ts";
import { familyNamesMismatch } from "./rules/family-names-mismatch.ts";
import { fileTruncated } from "./rules/file-truncated.ts";
import { filesLeftOver } from "./rules/files-left-over.ts";
import { fusedExpertsPacked } from "./rules/fused-experts-packed.ts";
import { fusedGroupUneven } from "./rules/fused-group-uneven.ts";
import { fusedScaleUnequal } from "./rules/fused-scale-unequal.ts";
import { globalScaleMissing } from "./rules/global-scale-missing.ts";
import { headAlthoughTied } from "./rules/head-although-tied.ts";
import { headMissing } from "./rules/head-missing.ts";
import { headUnlikeClass } from "./rules/head-unlike-class.ts";
import { headerInvalid } from "./rules/header-invalid.ts";
import { headerUnusual } from "./rules/header-unusual.ts";
import { ignoredButQuantized } from "./rules/ignored-but-quantized.ts";
import { indexAmbiguous } from "./rules/index-ambiguous.ts";
import { indexInvalid } from "./rules/index-invalid.ts";
import { indexMissing } from "./rules/index-missing.ts";
import { indexTensorMissing } from "./rules/index-tensor-missing.ts";
import { indexerMismatch } from "./rules/indexer-mismatch.ts";
import { inputScaleMissing } from "./rules/input-scale-missing.ts";
import { kvScaleMissing } from "./rules/kv-scale-missing.ts";
import { latentAttentionMismatch } from "./rules/latent-attention-mismatch.ts";
import { layerCountMismatch } from "./rules/layer-count-mismatch.ts";
import { layerGap } from "./rules/layer-gap.ts";
import { layerKindMismatch } from "./rules/layer-kind-mismatch.ts";
import { layoutNotUnderstood } from "./rules/layout-not-understood.ts";
import { metadataFormatMissing } from "./rules/metadata-format-missing.ts";
import { moduleAdded } from "./rules/module-added.ts";
import { moduleLost } from "./rules/module-lost.ts";
import { nameDoubled } from "./rules/name-doubled.ts";
import { normCountUneven } from "./rules/norm-count-uneven.ts";
import { notSafetensors } from "./rules/not-safetensors.ts";
import { notSmaller } from "./rules/not-smaller.ts";
import { parametersUnlikeConfig } from "./rules/parameters-unlike-config.ts";
import { payloadMissing } from "./rules/payload-missing.ts";
import { pipelinePartMissing } from "./rules/pipeline-part-missing.ts";
import { pipelinePartsDisagree } from "./rules/pipeline-parts-disagree.ts";
import { positionTableMismatch } from "./rules/position-table-mismatch.ts";
import { predictionHeadMissing } from "./rules/prediction-head-missing.ts";
import { prefixUnlikeClass } from "./rules/prefix-unlike-class.ts";
import { prefixUnlikeOriginal } from "./rules/prefix-unlike-original.ts";
import { quantizationNotApplied } from "./rules/quantization-not-applied.ts";
import { quantizationUndeclared } from "./rules/quantization-undeclared.ts";
import { quantizationUnlikeDeclared } from "./rules/quantization-unlike-declared.ts";
import { quantizedEmbedding } from "./rules/quantized-embedding.ts";
import { quantizedRouter } from "./rules/quantized-router.ts";
import { quantizerStateLeaked } from "./rules/quantizer-state-leaked.ts";
import { recurrentShapeMismatch } from "./rules/recurrent-shape-mismatch.ts";
import { scaleDtypeUnexpected } from "./rules/scale-dtype-unexpected.ts";
import { scaleEncodingSuspect } from "./rules/scale-encoding-suspect.ts";
import { scaleInOtherShard } from "./rules/scale-in-other-shard.ts";
import { scaleLayoutNote } from "./rules/scale-layout-note.ts";
import { scaleMissing } from "./rules/scale-missing.ts";
import { scaleShapeMismatch } from "./rules/scale-shape-mismatch.ts";
import { scaleSuffixUnexpected } from "./rules/scale-suffix-unexpected.ts";
import { scaleValueInvalid } from "./rules/scale-value-invalid.ts";
import { scaleValuesConstant } from "./rules/scale-values-constant.ts";
import { scaleWithoutWeight } from "./rules/scale-without-weight.ts";
import { shapeUnlikeConfig } from "./rules/shape-unlike-config.ts";
import { shapeUnlikeOriginal } from "./rules/shape-unlike-original.ts";
import { shardMissing } from "./rules/shard-missing.ts";
import { shardNameUnsafe } from "./rules/shard-name-unsafe.ts";
import { sharedKeysStored } from "./rules/shared-keys-stored.ts";
import { siblingOddOneOut } from "./rules/sibling-odd-one-out.ts";
import { sidesUnlike } from "./rules/sides-unlike.ts";
import { sizeMismatch } from "./rules/size-mismatch.ts";
import { skipEntryRenamed } from "./rules/skip-entry-drifted.ts";
import { targetedButPlain } from "./rules/targeted-but-plain.ts";
import { tensorCopiesDiffer } from "./rules/tensor-copies-differ.ts";
import { tensorInTwoShards } from "./rules/tensor-in-two-shards.ts";
import { tensorNotInIndex } from "./rules/tensor-not-in-index.ts";
import { tensorParallelIndivisible } from "./rules/tensor-parallel-indivisible.ts";
import { tokenWithoutRow } from "./rules/token-without-row.ts";
import { totalParametersWrong } from "./rules/total-parameters-wrong.ts";
import { totalSizeWrong } from "./rules/total-size-wrong.ts";
import { towerQuantized } from "./rules/tower-quantized.ts";
import { trailingBytes } from "./rules/trailing-bytes.ts";
import { visionPartMismatch } from "./rules/vision-part-mismatch.ts";
import { vocabSizeMismatch } from "./rules/vocab-size-mismatch.ts";
import { weightShapeUnknown } from "./rules/weight-shape-unknown.ts";
import { weightsMissing } from "./rules/weights-missing.ts";
import { weightsUnexpected } from "./rules/weights-unexpected.ts";
import { widthMismatch } from "./rules/width-mismatch.ts";
import { wrapperPrefix } from "./rules/wrapper-prefix.ts";
import { zeroPointMissing } from "./rules/zero-point-missing.ts";
import { zeroPointShapeMismatch } from "./rules/zero-point-shape-mismatch.ts";
/** All checks, by family and in the order they are listed. */
export const CHECKS: readonly Check[] = [
  fileTruncated,
  dataHole,
  dataOverlap,
  dtypePortability,
  dtypeUnknown,
  duplicateName,
  emptyWeight,
  headerInvalid,
  headerUnusual,
  metadataFormatMissing,
  notSafetensors,
  sizeMismatch,
  trailingBytes,
  pipelinePartMissing,
  shardMissing,
  filesLeftOver,
  indexAmbiguous,
  indexInvalid,
  indexMissing,
  indexTensorMissing,
  scaleInOtherShard,
  shardNameUnsafe,
  tensorCopiesDiffer,
  tensorInTwoShards,
  tensorNotInIndex,
  totalParametersWrong,
  totalSizeWrong,
  scaleMissing,
  auxiliaryMissing,
  declarationsDisagree,
  declaredEntryUnjudged,
  declaredValueUnusable,
  fusedExpertsPacked,
  fusedGroupUneven,
  fusedScaleUnequal,
  globalScaleMissing,
  ignoredButQuantized,
  inputScaleMissing,
  kvScaleMissing,
  payloadMissing,
  quantizationNotApplied,
  quantizationUndeclared,
  quantizationUnlikeDeclared,
  quantizedEmbedding,
  quantizedRouter,
  quantizerStateLeaked,
  scaleDtypeUnexpected,
  scaleEncodingSuspect,
  scaleLayoutNote,
  scaleShapeMismatch,
  scaleSuffixUnexpected,
  scaleValueInvalid,
  scaleValuesConstant,
  scaleWithoutWeight,
  skipEntryRenamed,
  targetedButPlain,
  towerQuantized,
  weightShapeUnknown,
  zeroPointMissing,
  zeroPointShapeMismatch,
  siblingOddOneOut,
  sidesUnlike,
  biasUneven,
  companionMissing,
  convolutionTurned,
  dtypeUneven,
  embeddingMissing,
  expertGap,
  expertLayoutMixed,
  layerGap,
  layoutNotUnderstood,
  nameDoubled,
  prefixUnlikeClass,
  weightsMissing,
  weightsUnexpected,
  wrapperPrefix,
  layerCountMismatch,
  attentionShapeMismatch,
  biasMissing,
  biasUndeclared,
  classUnlikeModelType,
  configUnusable,
  dtypeUnlikeConfig,
  expertCountMismatch,
  familyNamesMismatch,
  headAlthoughTied,
  headMissing,
  headUnlikeClass,
  indexerMismatch,
  latentAttentionMismatch,
  layerKindMismatch,
  normCountUneven,
  parametersUnlikeConfig,
  pipelinePartsDisagree,
  positionTableMismatch,
  predictionHeadMissing,
  recurrentShapeMismatch,
  shapeUnlikeConfig,
  sharedKeysStored,
  visionPartMismatch,
  vocabSizeMismatch,
  tokenWithoutRow,
  widthMismatch,
  adapterPairBroken,
  adapterTargetMissing,
  adapterUneven,
  adapterUnlikeBase,
  adapterUnlikeHeader,
  adapterUnmerged,
  moduleLost,
  moduleAdded,
  notSmaller,
  prefixUnlikeOriginal,
  shapeUnlikeOriginal,
  expectationUnmet,
  expertParallelIndivisible,
  tensorParallelIndivisible,
  ...ENGINE_CHECKS,
];

/** The check of this id, undefined where there is none. */
export function checkOf(id: string): Check | undefined {
  return CHECKS.find((check) => check.id === id);
}

/** Codes of the loader's problems that are findings of some check: the rest could not be read for other reasons. */
export const FINDING_CODES: ReadonlySet<string> = new Set(
  CHECKS.flatMap((check) => ("codes" in check ? (check.codes as readonly string[]) : [])),
);
