import { explain } from "./because.ts";
import { type Fault, rowOf } from "./fault.ts";

/**
 * Those of the faults that no other of them explains. Handed what one list shows, it leaves out only what the same list
 * tells better.
 */
export function toldAmong(faults: readonly Fault[]): readonly Fault[] {
  const component = {};
  const sightings = faults.map((fault) => {
    const { kind, severity, at } = fault;
    return { rule: rowOf(kind).rule, severity, at, component, fault };
  });
  const because = explain(sightings);
  return because.size === 0
    ? faults
    : sightings.filter((each) => !because.has(each)).map(({ fault }) => fault);
}
