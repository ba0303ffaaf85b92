/** A Mac by its unified memory: what a Metal process may wire of it. */
export interface AppleMemory {
  readonly name: string;
  readonly bytes: number;
  readonly usable: number;
}

/** Sizes that Apple has sold, GB. Two thirds may be wired up to 32 GB, three quarters from 36 GB on (`sysctl iogpu.wired_limit_mb` raises it). */
const SIZES = [8, 16, 18, 24, 32, 36, 48, 64, 96, 128, 192, 256, 512] as const;
const GIBIBYTE = 2 ** 30;

export const APPLE: readonly AppleMemory[] = SIZES.map((size) => ({
  name: `Apple ${size} GB`,
  bytes: size * GIBIBYTE,
  usable: Math.round(size * (size < 36 ? 0.67 : 0.75) * GIBIBYTE),
}));

/** Bytes that the runtime takes beside weights and cache: activations of one step, buffers that are kept for the next. */
export const APPLE_LOW = 0.5 * GIBIBYTE;
export const APPLE_HIGH = 1.5 * GIBIBYTE;
export const APPLE_FORMULA =
  "two thirds of the memory may be wired, three quarters from 36 GB on (iogpu.wired_limit_mb raises it); of that 0.5-1.5 GiB for activations and buffers";
export const APPLE_SOURCE = "Metal's limit as it is commonly known; the rest is a rule of thumb";
