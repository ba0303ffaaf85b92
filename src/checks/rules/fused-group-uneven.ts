import type { FusedMember } from "../../faults/packing/data.ts";
import { mostAlike } from "../../faults/packing/fused.ts";
import { remark } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./fused-group-uneven.md";

/** Projections of one fused group share scheme, bits and group size. */
export const fusedGroupUneven = fromFaults(["fused.uneven"], {
  family: "quantization",
  title: "Projections that are run as one are quantized differently",
  needs: ["whole", "quantized"],
  placesFor: ({ at, data }) => oddMembers(data.members).map((name) => at.below(name)),
  message: ({ found }) => remark(found ?? ""),
  fix: "Give q/k/v, gate/up and w1/w3 of one module the same scheme, bits and group size.",
  page,
});

/** Those that are unlike most of the group; all, where no two are alike. */
function oddMembers(members: readonly FusedMember[]): string[] {
  const usual = mostAlike(members);
  return members.filter((member) => !usual.includes(member)).map(({ leaf }) => leaf);
}
