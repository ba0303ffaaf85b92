import { Component } from "../../checkpoint/checkpoint.ts";
import { renameTensors } from "../../checkpoint/tensor-filter.ts";
import { dottedName, isUnderscored } from "./dotted-names.ts";
import { adapterOf } from "./facts.ts";

/**
 * An adapter with dots where its trainer wrote underscores: what folds and nests by dots then does. Any other component
 * is itself. For showing; what is said of tensors names them as they are stored.
 */
export function withDots(component: Component): Component {
  return component.analyses.get(rename);
}

function rename(component: Component): Component {
  const first = adapterOf(component)?.modules[0];
  if (first === undefined || !isUnderscored(first.name)) return component;
  const { table, name, layout, shards, index, configs, isDamaged, absence } = component;
  const dotted = renameTensors(table, (stored) => {
    const end = stored.indexOf(".");
    const module = end < 0 ? stored : stored.slice(0, end);
    return isUnderscored(module) ? dottedName(module) + (end < 0 ? "" : stored.slice(end)) : stored;
  });
  const left = absence === "unread" ? null : absence;
  return new Component({ name, layout, shards, index, configs, table: dotted, isDamaged, left });
}
