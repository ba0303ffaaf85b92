import { describe, expect, it } from "vitest";
import { buildOverview, describeForOverview } from "../../src/analysis/overview.ts";
import type { Component } from "../../src/checkpoint/checkpoint.ts";
import { runChecks } from "../../src/checks/run.ts";
import { MEMORY_FACTS } from "../support/checkpoint-builder.ts";
import { componentOf } from "../support/component-of.ts";

/** A folder of adapters, each a checkpoint of its own. */
function adapters(count: number) {
  const components = Array.from({ length: count }, () =>
    componentOf([
      ["lora_unet_a.lora_down.weight", "F16", [4, 16]],
      ["lora_unet_a.lora_up.weight", "F16", [16, 4]],
    ]),
  );
  return { source: MEMORY_FACTS, folder: null, components, addUp: false, problems: [], notes: [] };
}

/** How often something is derived from each of so many components when it is asked for during the checks and after. */
function derivations(count: number): number {
  const checkpoint = adapters(count);
  let made = 0;
  const derive = () => {
    made++;
    return made;
  };
  const ask = (component: Component) => void component.analyses.get(derive);
  runChecks(checkpoint, { onChecked: ask });
  for (const component of checkpoint.components) ask(component);
  return made;
}

describe("checks of many components", () => {
  it("keeps what was derived of the parts of a pipeline, and lets go of that of a folder of hundreds", () => {
    expect(derivations(8)).toBe(8);
    expect(derivations(200)).toBe(400);
  });

  it("says of each the same, whether it was described at once or later", () => {
    const checkpoint = adapters(40);
    const described = new Map(
      checkpoint.components.map((component) => [component, describeForOverview(checkpoint, component)]),
    );
    const later = buildOverview(checkpoint);
    expect(JSON.stringify(buildOverview(checkpoint, described))).toBe(JSON.stringify(later));
    expect(later.components.every(({ adapter }) => adapter?.rank === 4)).toBe(true);
  });
});
