import type { TensorRole } from "../../architecture/tensor-roles.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import { heldOf } from "../../signatures/held.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** Colours of a picture, where the configuration does not say. */
const COLOURS = 3;

/** Convolutions of residual networks, which never stand the other way round as those that enlarge do. */
const PLAIN =
  /^(?:conv_in|conv_out|conv\d|conv_shortcut|nin_shortcut|skip_connection|quant_conv|post_quant_conv)$/;

/**
 * Convolutions whose sides lie in another order than the framework of the file has them: by the colours of what cuts
 * pictures into patches, and by the number of biases.
 */
export function findTurnedConvolutions(scene: Scene): Fault[] {
  const { component } = scene;
  const { table, shards } = component;
  if (!hasConvolutions(table) || adapterOf(component) !== null) return [];
  const isHeld = heldOf(component) !== undefined;
  const { model } = scene;
  const formats = shards.map((shard) =>
    shard.status === "read" ? shard.metadata?.get("format") : undefined,
  );
  const isMlx = formats.includes("mlx");
  // A file that does not say whose it is may be of either framework.
  const isTorch = formats.includes("pt") && !isHeld;
  const colours = model.claims.part("vision_config").integer("channels")?.value ?? COLOURS;
  return model.tensorRoles.flatMap((tensorRole) => {
    const { shape, part } = tensorRole;
    if (part !== "weight" || shape.length < 4) return [];
    return [
      ...(tensorRole.role === "embed.patch" ? turnedPatch(tensorRole, colours, { isMlx, isTorch }) : []),
      ...(isMlx || isHeld ? [] : turnedPlain(tensorRole, table)),
    ];
  });
}

/** Four sides and more: two of a picture, or of a picture and time. */
function hasConvolutions({ shapes }: Scene["component"]["table"]): boolean {
  return shapes.shapes.some(({ length }) => length >= 4);
}

interface Side {
  readonly isMlx: boolean;
  readonly isTorch: boolean;
}

/** A place that holds as many as there are colours tells the order; where none, both, or a side of the patch do, nothing is known. */
function turnedPatch(tensorRole: TensorRole, colours: number, { isMlx, isTorch }: Side): Fault[] {
  const { shape } = tensorRole;
  const [isSecond, isLast] = [shape[1] === colours, shape.at(-1) === colours];
  if (
    isMlx ? !isSecond || isLast : !isTorch || isSecond || !isLast || !isSquare(shape.slice(-3, -1), colours)
  )
    return [];
  return [
    fault("convolution.turned", placeOf(tensorRole), {
      shape,
      reason: isMlx ? "channels-first" : "channels-last",
      biases: null,
    }),
  ];
}

/** Height and width of a patch, neither of which could be taken for colours. */
function isSquare([height, width]: readonly number[], colours: number): boolean {
  return height === width && height !== undefined && height > colours;
}

function turnedPlain(tensorRole: TensorRole, table: Scene["component"]["table"]): Fault[] {
  const { shape, segments } = tensorRole;
  const module = segments.at(-2);
  if (typeof module !== "string" || !PLAIN.test(module)) return [];
  const parent = table.names.parent(tensorRole.node);
  const segment = table.names.segments.find("bias");
  const bias = segment < 0 ? -1 : table.names.findChild(parent, segment);
  const row = bias < 0 ? undefined : table.rowAt(bias);
  const biases = row === undefined ? undefined : table.shape(row);
  if (biases?.length !== 1 || biases[0] === shape[0] || biases[0] !== shape[1]) return [];
  return [
    fault("convolution.turned", placeOf(tensorRole), { shape, reason: "biases", biases: biases[0] ?? 0 }),
  ];
}

function placeOf({ segments, count }: TensorRole): PlaceSet {
  return PlaceSet.tensorPaths([segments], count);
}
