/** A GPU as the engines see it. */
export interface Gpu {
  readonly name: string;
  readonly names: readonly string[];
  /** What the driver reports as total, MiB. */
  readonly mebibytes: number;
  /** Compute capability of NVIDIA's; null for others. */
  readonly capability: number | null;
  readonly maker: "nvidia" | "amd" | "intel";
  /** Has units of its own for FP8 and for FP4. */
  readonly fp8: boolean;
  readonly fp4: boolean;
  /** Shares its memory with the system. */
  readonly shared: boolean;
}

type Row = readonly [
  names: string,
  mebibytes: number,
  unit: number | string,
  formats: "" | "8" | "84",
  shared?: "shared",
];

/**
 * One row is one device. MiB as nvidia-smi reports it where a public log was found (T4, A10, A100, L4, L40S, H100 80, B200);
 * else as makers and users give it. Capability of NVIDIA's, the maker's own name for the others; units for FP8 and FP4.
 */
const ROWS: readonly Row[] = [
  ["P100 16", 16280, 6.0, ""],
  ["V100 16", 16384, 7.0, ""],
  ["V100 32", 32768, 7.0, ""],
  ["RTX 2080 Ti", 11264, 7.5, ""],
  ["T4", 15360, 7.5, ""],
  ["Quadro RTX 8000", 49152, 7.5, ""],
  ["A30", 24576, 8.0, ""],
  ["A100 40", 40960, 8.0, ""],
  ["A100 80, A800 80", 81920, 8.0, ""],
  ["RTX 3080 10", 10240, 8.6, ""],
  ["RTX 3060 12", 12288, 8.6, ""],
  ["A2", 15356, 8.6, ""],
  ["A16", 15356, 8.6, ""],
  ["RTX A4000", 16376, 8.6, ""],
  ["A10, A10G", 23028, 8.6, ""],
  ["RTX A5000", 24564, 8.6, ""],
  ["RTX 3090, 3090 Ti", 24576, 8.6, ""],
  ["A40", 46068, 8.6, ""],
  ["RTX A6000", 49140, 8.6, ""],
  ["Jetson AGX Orin 64", 62800, 8.7, "", "shared"],
  ["RTX 4070 Ti Super", 16376, 8.9, "8"],
  ["RTX 4080, RTX 4080 Super", 16376, 8.9, "8"],
  ["RTX 4060 Ti 16", 16380, 8.9, "8"],
  ["RTX 4000 Ada", 20475, 8.9, "8"],
  ["L4", 23034, 8.9, "8"],
  ["RTX 4090", 24564, 8.9, "8"],
  ["RTX 5000 Ada", 32760, 8.9, "8"],
  ["L20", 46068, 8.9, "8"],
  ["L40", 46068, 8.9, "8"],
  ["L40S", 46068, 8.9, "8"],
  ["RTX 6000 Ada", 49140, 8.9, "8"],
  ["H100 80, H800 80", 81559, 9.0, "8"],
  ["H100 NVL", 95830, 9.0, "8"],
  ["GH200 96", 97871, 9.0, "8"],
  ["H20 96", 97871, 9.0, "8"],
  ["H20 141", 143771, 9.0, "8"],
  ["H200", 143771, 9.0, "8"],
  ["GH200 144", 147456, 9.0, "8"],
  ["B200", 183359, 10.0, "84"],
  ["GB200", 189471, 10.0, "84"],
  ["B300", 275040, 10.3, "84"],
  ["GB300", 284208, 10.3, "84"],
  ["Rubin R200", 294912, 10.7, "84"],
  ["Jetson Thor 128", 125772, 11.0, "84", "shared"],
  ["RTX 5070 Ti", 16303, 12.0, "84"],
  ["RTX 5080", 16303, 12.0, "84"],
  ["RTX 5060 Ti 16", 16311, 12.0, "84"],
  ["RTX PRO 4000 Blackwell", 24467, 12.0, "84"],
  ["RTX 5090", 32607, 12.0, "84"],
  ["RTX PRO 4500 Blackwell", 32623, 12.0, "84"],
  ["RTX PRO 5000 Blackwell 48", 48935, 12.0, "84"],
  ["RTX PRO 6000 Blackwell", 97887, 12.0, "84"],
  ["Spark GB10", 122000, 12.1, "84", "shared"],
  ["Radeon RX 7900 XTX", 24560, "gfx1100", ""],
  ["Radeon AI PRO R9700", 32624, "gfx1201", "8"],
  ["Radeon PRO W7900", 49136, "gfx1100", ""],
  ["MI210", 65520, "gfx90a", ""],
  ["MI250X", 65520, "gfx90a", ""],
  ["Ryzen AI Max+ 395 128", 98304, "gfx1151", "", "shared"],
  ["MI300A", 131072, "gfx942", "8", "shared"],
  ["MI300X, MI308X", 196288, "gfx942", "8"],
  ["MI325X", 262128, "gfx942", "8"],
  ["MI350X, MI355X", 294896, "gfx950", "84"],
  ["MI455X", 442368, "gfx1250", "84"],
  ["Intel Arc B580", 12216, "xe2", ""],
  ["Intel Arc Pro B60 24", 24480, "xe2", ""],
  ["Intel Max 1550", 65536, "xe-hpc", ""],
  ["Intel Gaudi 2", 98304, "hpu", "8"],
  ["Intel Gaudi 3", 131072, "hpu", "8"],
];

export const GPUS: readonly Gpu[] = ROWS.map(([written, mebibytes, unit, formats, shared]) => {
  const names = written.split(", ");
  return {
    name: names[0] as string,
    names,
    mebibytes,
    capability: typeof unit === "number" ? unit : null,
    maker: typeof unit === "number" ? "nvidia" : /^gfx/.test(unit) ? "amd" : "intel",
    fp8: formats !== "",
    fp4: formats === "84",
    shared: shared !== undefined,
  };
});

/** The GPU of a name, however its words are spaced: `h100-80`, `H100 80GB`; a name alone means its first row. */
export function findGpu(text: string): Gpu | undefined {
  const wanted = plain(text.replace(/\s*gi?b$/i, ""));
  const isCalled = (gpu: Gpu, fits: (name: string) => boolean) => gpu.names.some((name) => fits(plain(name)));
  if (wanted === "") return undefined;
  return (
    GPUS.find((gpu) => isCalled(gpu, (name) => name === wanted)) ??
    GPUS.find((gpu) => isCalled(gpu, (name) => name.startsWith(wanted)))
  );
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/^(?:nvidia|amd|intel|geforce)\s+/, "")
    .replace(/[^a-z0-9]/g, "");
}
