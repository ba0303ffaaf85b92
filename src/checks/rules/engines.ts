import type { Check } from "../check.ts";
import { fromEngines } from "../from-engines.ts";
import architectureUnsupportedPage from "./engine-architecture-unsupported.md";
import blockCutPage from "./engine-block-cut.md";
import declarationRefusedPage from "./engine-declaration-refused.md";
import dtypeRefusedPage from "./engine-dtype-refused.md";
import filesRefusedPage from "./engine-files-refused.md";
import fusedPartsDifferPage from "./engine-fused-parts-differ.md";
import gpuTooOldPage from "./engine-gpu-too-old.md";
import groupCutPage from "./engine-group-cut.md";
import memoryShortPage from "./engine-memory-short.md";
import methodUnsupportedPage from "./engine-method-unsupported.md";
import modelTypeUnknownPage from "./engine-model-type-unknown.md";
import namesUnmatchedPage from "./engine-names-unmatched.md";
import notKnownPage from "./engine-not-known.md";
import optionLimitedPage from "./engine-option-limited.md";
import schemeUnsupportedPage from "./engine-scheme-unsupported.md";
import shapeRefusedPage from "./engine-shape-refused.md";
import slowPathPage from "./engine-slow-path.md";
import splitIndivisiblePage from "./engine-split-indivisible.md";
import tensorMissingPage from "./engine-tensor-missing.md";

/** What engines refuse, in the order in which they come to it: all alike, told by the engines that were asked for. */
export const ENGINE_CHECKS: readonly Check[] = [
  fromEngines("files-refused", {
    title: "An engine does not find the files that it reads",
    fix: "Put all files where the engine looks for them, under the names that it knows.",
    page: filesRefusedPage,
  }),
  fromEngines("model-type-unknown", {
    title: "An engine does not know the model type",
    fix: "Use a version or an engine that knows it.",
    page: modelTypeUnknownPage,
  }),
  fromEngines("architecture-unsupported", {
    title: "An engine has no class for the model",
    fix: "Use a version or an engine that knows it.",
    page: architectureUnsupportedPage,
  }),
  fromEngines("method-unsupported", {
    title: "An engine does not know how the weights are packed",
    fix: "Quantize with a method of the engine, or declare what is stored: `unfold declare` prints it.",
    page: methodUnsupportedPage,
  }),
  fromEngines("declaration-refused", {
    title: "An engine refuses the declaration of the packing",
    fix: "Complete the declaration; `unfold declare` prints one that describes what is stored.",
    page: declarationRefusedPage,
  }),
  fromEngines("scheme-unsupported", {
    title: "An engine has no kernel for the way that weights are packed",
    fix: "Quantize with settings that the engine takes, or use an engine that takes these.",
    page: schemeUnsupportedPage,
  }),
  fromEngines("gpu-too-old", {
    title: "The GPU is older than what the engine asks for",
    fix: "Use a newer GPU, or another quantization.",
    page: gpuTooOldPage,
  }),
  fromEngines("dtype-refused", {
    title: "The model computes in a dtype that the method does not take",
    fix: "Start with the dtype that the finding names, or write it into config.json.",
    page: dtypeRefusedPage,
  }),
  fromEngines("fused-parts-differ", {
    title: "Parts that an engine computes as one are not alike",
    fix: "Quantize all parts of a fused module, or none; skip all or none.",
    page: fusedPartsDifferPage,
  }),
  fromEngines("names-unmatched", {
    title: "What is stored is not what the engine builds",
    fix: "Mend the skip list; `unfold declare` prints one in the names that the engine compares.",
    page: namesUnmatchedPage,
  }),
  fromEngines("tensor-missing", {
    title: "An engine looks in vain for a tensor",
    fix: "Store what is missing, or correct the configuration that promises it.",
    page: tensorMissingPage,
  }),
  fromEngines("shape-refused", {
    title: "A tensor has another shape than the engine's class",
    fix: "Correct the number in config.json that the finding names, or export again.",
    page: shapeRefusedPage,
  }),
  fromEngines("split-indivisible", {
    title: "The model does not divide as the plan asks",
    fix: "Choose a plan that the verdict lists as one that loads.",
    page: splitIndivisiblePage,
  }),
  fromEngines("block-cut", {
    title: "A plan cuts through blocks of scales",
    fix: "Choose a plan that the verdict lists as one that loads.",
    page: blockCutPage,
  }),
  fromEngines("group-cut", {
    title: "A plan cuts through groups of scales",
    fix: "Choose a plan that the verdict lists as one that loads.",
    page: groupCutPage,
  }),
  fromEngines("memory-short", {
    title: "The weights do not fit on the GPU",
    fix: "Use more GPUs or larger ones; `unfold fit` lists those that hold it.",
    page: memoryShortPage,
  }),
  fromEngines("slow-path", {
    title: "An engine runs it, and not by its fastest way",
    fix: "Nothing has to be done.",
    page: slowPathPage,
  }),
  fromEngines("option-limited", {
    title: "An engine loads it, and would not with an option that is often set",
    fix: "Leave the option out that the finding names.",
    page: optionLimitedPage,
  }),
  fromEngines("not-known", {
    title: "The tables do not tell whether an engine takes it",
    fix: "Try it.",
    page: notKnownPage,
  }),
];
