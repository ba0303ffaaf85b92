import { OTHER_PLAN, row, type Statement } from "./row.ts";

/** What a plan of parallel GPUs divides. */
export const PLANS = {
  "heads-indivisible": row(
    [
      "split-indivisible",
      "refuse",
      "source",
      "config/model.py: verify_with_parallel_config (vllm#414, #2652)",
    ],
    ({ heads, tp }) => `${heads} attention heads do not divide by ${tp}`,
    ({ heads, tp }) =>
      `Total number of attention heads (${heads}) must be divisible by tensor parallel size (${tp})`,
    OTHER_PLAN,
  ),
  "kv-heads-indivisible": row(
    ["split-indivisible", "refuse", "source", "QKVParallelLinear: num_kv_head_replicas (vllm#11797)"],
    ({ kvHeads, tp }) => `${kvHeads} key/value heads are neither a multiple nor a divisor of ${tp}`,
    ({ kvHeads, tp }) =>
      Number(kvHeads) >= Number(tp)
        ? `${kvHeads} is not divisible by ${tp}`
        : `${tp} is not divisible by ${kvHeads}`,
    OTHER_PLAN,
  ),
  "part-indivisible": row(
    ["split-indivisible", "refuse", "source", "distributed/utils.py: divide"],
    ({ size, side, tp }) => `${size} ${side} do not divide by ${tp}`,
    ({ size, tp }) => `${size} is not divisible by ${tp}`,
    OTHER_PLAN,
  ),
  "vision-indivisible": row(
    ["split-indivisible", "refuse", "likely", "distributed/utils.py: divide"],
    ({ heads, tp }) => `${heads} heads of the vision tower do not divide by ${tp}`,
    ({ heads, tp }) => `${heads} is not divisible by ${tp}`,
    "Start with --mm-encoder-tp-mode data, or choose another plan.",
  ),
  "vocabulary-indivisible": row(
    ["split-indivisible", "refuse", "source", "vllm layers/vocab_parallel_embedding.py"],
    ({ padded, vocabulary, tp }) =>
      `the vocabulary of ${vocabulary} is padded to ${padded}, which does not divide by ${tp}`,
    ({ padded, tp }) => `${padded} is not divisible by ${tp}`,
    OTHER_PLAN,
  ),
  "mamba-heads": row(
    ["split-indivisible", "refuse", "source", "layers/mamba/mamba_mixer2.py (vllm#13660)"],
    ({ heads, tp }) => `${heads} heads of the state space do not divide by ${tp}`,
    "Tensor parallel world size must divide num heads",
    OTHER_PLAN,
  ),
  "mamba-groups": row(
    ["split-indivisible", "refuse", "source", "layers/mamba/mamba_mixer2.py (vllm#14618)"],
    ({ groups, tp }) => `${groups} groups of the state space: neither divisible by ${tp}, nor 1`,
    "If tensor parallel world size does not divide num_groups, then num_groups must equal 1",
    OTHER_PLAN,
  ),
  "mamba-quantized": row(
    ["split-indivisible", "refuse", "source", "sglang layers/attention/mamba/mamba.py"],
    ({ tp }) => `a quantized state space of one group is not split into ${tp}`,
    "AssertionError",
    OTHER_PLAN,
  ),
  "delta-heads": row(
    ["split-indivisible", "refuse", "source", "gated DeltaNet: divide of heads"],
    ({ heads, side, tp }) => `${heads} ${side} heads of the linear attention do not divide by ${tp}`,
    ({ heads, tp }) => `${heads} is not divisible by ${tp}`,
    OTHER_PLAN,
  ),
  "experts-indivisible": row(
    ["split-indivisible", "refuse", "source", "sglang layers/moe/fused_moe_triton/layer.py"],
    ({ experts, ep }) => `${experts} experts do not divide by ${ep}`,
    "AssertionError",
    OTHER_PLAN,
  ),
  "experts-none": row(
    ["split-indivisible", "refuse", "source", "vllm config/model.py"],
    ({ ep }) => `expert parallel ${ep} of a model without experts`,
    "Number of experts in the model must be greater than 0",
    "Leave expert parallelism off.",
  ),
  "block-row": row(
    ["block-cut", "refuse", "source", "fp8_utils.py: validate_fp8_block_shape (vllm#52997, #52915)"],
    ({ inputsPerRank, block }) => `${inputsPerRank} inputs per GPU, in blocks of ${block}`,
    ({ inputsPerRank, block }) =>
      `Weight input_size_per_partition = ${inputsPerRank} is not divisible by weight quantization block_k = ${block}`,
    OTHER_PLAN,
  ),
  "block-column": row(
    ["block-cut", "refuse", "source", "fp8_utils.py: validate_fp8_block_shape (vllm#54178)"],
    ({ outputsPerRank, block }) => `${outputsPerRank} outputs per GPU, in blocks of ${block}`,
    ({ outputsPerRank, block }) =>
      `Weight output_partition_size = ${outputsPerRank} is not divisible by weight quantization block_n = ${block}`,
    OTHER_PLAN,
  ),
  "block-scale-rows": row(
    ["block-cut", "refuse", "source", "model_executor/parameter.py: load_merged_column_weight"],
    ({ outputsPerRank, block, start, length, rows }) =>
      `${outputsPerRank} outputs per GPU, in blocks of ${block}: rows ${start} + ${length} of a scale of ${rows}`,
    ({ start, length, rows }) => `start (${start}) + length (${length}) exceeds dimension size (${rows})`,
    OTHER_PLAN,
  ),
  "block-off-boundary": row(
    ["block-cut", "garbage", "source", "model_executor/parameter.py: load_merged_column_weight"],
    ({ outputsPerRank, block }) =>
      `${outputsPerRank} outputs per GPU start inside a block of ${block}: scales of another block are taken`,
    null,
    OTHER_PLAN,
  ),
  "block-experts": row(
    [
      "block-cut",
      "refuse",
      "source",
      "fused_moe/oracle/fp8.py: refine_fp8_moe_block_shape (vllm#17569, #54178)",
    ],
    ({ widthPerRank, block, divisor }) =>
      `${widthPerRank} columns of an expert per GPU, in blocks of ${block}${divisor === 0 ? "" : `; the common divisor with block and hidden size is ${divisor}`}`,
    ({ widthPerRank, block }) =>
      `The output_size of gate's and up's weight = ${widthPerRank} is not divisible by weight quantization block_n = ${block}`,
    OTHER_PLAN,
  ),
  "block-experts-refined": row(
    ["slow-path", "slow", "source", "vllm fused_moe/oracle/fp8.py: refine_fp8_moe_block_shape"],
    ({ widthPerRank, block, divisor }) =>
      `${widthPerRank} columns of an expert per GPU: blocks of ${block} are refined to ${divisor}, which Triton alone takes`,
    null,
    "A plan that keeps blocks whole is faster.",
  ),
  "block-experts-gpu": row(
    ["block-cut", "refuse", "source", "vllm fused_moe/oracle/fp8.py"],
    ({ divisor, gpu }) =>
      `blocks of experts would be refined to ${divisor}, and no backend takes that on ${gpu} (compute capability below 8.9)`,
    "MoE backend supports the deployment configuration",
    OTHER_PLAN,
  ),
  "fp4-inputs": row(
    ["group-cut", "refuse", "source", "layers/quantization/modelopt.py"],
    ({ inputsPerRank, group }) => `${inputsPerRank} inputs per GPU, in groups of ${group}`,
    ({ engine, scheme }) =>
      scheme === "mxfp8" && engine === "vllm"
        ? "MXFP8 requires input size divisible by 32"
        : "Unsupported model when in features size is not multiple of 16",
    OTHER_PLAN,
  ),
  "fp4-inputs-unchecked": row(
    ["group-cut", "garbage", "source", "vllm compressed_tensors: NVFP4 without a check"],
    ({ inputsPerRank, group }) =>
      `${inputsPerRank} inputs per GPU, in groups of ${group}: the last group is lost`,
    null,
    OTHER_PLAN,
  ),
  "fp4-experts": row(
    ["group-cut", "refuse", "report", "vllm modelopt.py: experts without a check (vllm#49949)"],
    ({ widthPerRank, group }) => `${widthPerRank} columns of an expert per GPU, in groups of ${group}`,
    ({ widthPerRank, scheme }) =>
      scheme === "mxfp8"
        ? "MXFP8 MoE requires"
        : `size_k = ${widthPerRank}, is not divisible by b_scales.size(1)`,
    OTHER_PLAN,
  ),
  "group-row": row(
    ["group-cut", "refuse", "source", "layers/quantization: group against input_size_per_partition"],
    ({ inputsPerRank, group }) => `${inputsPerRank} inputs per GPU, in groups of ${group}`,
    ({ inputsPerRank, group, phrase }) =>
      phrase === "awq"
        ? "The input size is not aligned with the quantized weight shape"
        : `input_size_per_partition = ${inputsPerRank} is not divisible by group_size = ${group}`,
    OTHER_PLAN,
  ),
  "group-row-unchecked": row(
    ["group-cut", "garbage", "likely", "vllm layers/quantization/auto_gptq.py"],
    ({ inputsPerRank, group }) =>
      `${inputsPerRank} inputs per GPU, in groups of ${group}: scales are cut at the wrong place`,
    null,
    OTHER_PLAN,
  ),
  "group-experts": row(
    ["group-cut", "refuse", "source", "compressed_tensors_moe_wna16.py"],
    ({ widthPerRank, group }) => `${widthPerRank} columns of an expert per GPU, in groups of ${group}`,
    ({ engine }) =>
      engine === "vllm" ? "Scale groups would otherwise cross TP shard boundaries" : "AssertionError",
    OTHER_PLAN,
  ),
  "group-experts-halved": row(
    ["slow-path", "slow", "report", "vllm moe_wna16.py (vllm#17604)"],
    ({ widthPerRank, group, smaller }) =>
      `${widthPerRank} columns of an expert per GPU: groups of ${group} are read as groups of ${smaller}`,
    "is not supported by GPTQMoeMarlin. Falling back to Moe WNA16 kernels",
    "A plan that keeps groups whole is faster.",
  ),
  "group-experts-small": row(
    ["group-cut", "refuse", "report", "vllm moe_wna16.py (vllm#17604)"],
    ({ widthPerRank, group }) =>
      `${widthPerRank} columns of an expert per GPU: groups of ${group} would have to be read as less than 32`,
    "AssertionError",
    OTHER_PLAN,
  ),
  "marlin-shape": row(
    ["group-cut", "refuse", "source", "sglang layers/quantization/marlin_utils.py"],
    ({ outputsPerRank, inputsPerRank }) =>
      `${outputsPerRank} outputs and ${inputsPerRank} inputs per GPU: multiples of 64 and 128 are needed`,
    ({ outputsPerRank, inputsPerRank }) =>
      Number(outputsPerRank) % 64 === 0
        ? `Weight input_size_per_partition = ${inputsPerRank} is not divisible by min_thread_k = 128`
        : `Weight output_size_per_partition = ${outputsPerRank} is not divisible by min_thread_n = 64`,
    OTHER_PLAN,
  ),
  "marlin-padded": row(
    ["slow-path", "slow", "source", "vllm layers/quantization/utils/marlin_utils.py (vllm#45295, #36329)"],
    ({ outputsPerRank, inputsPerRank }) =>
      `${outputsPerRank} outputs and ${inputsPerRank} inputs per GPU are padded for Marlin`,
    null,
    "Nothing is to be done: padding costs memory and time.",
  ),
  "weight-only": row(
    ["slow-path", "slow", "source", "kernels of the engine by compute capability"],
    ({ scheme, gpu, capability, native }) =>
      `${scheme} runs weight-only on ${gpu} (compute capability ${capability}; its own units begin at ${native})`,
    null,
    "Nothing is to be done: memory is saved, time is not.",
  ),
} as const satisfies Record<string, Statement>;
