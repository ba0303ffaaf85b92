import { type Command, Option } from "commander";
import { buildTree, hasPath, type TreeNode, type TreeOptions } from "../analysis/tree.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Report } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import { addCommonOptions, type CommonOptions, collect, parseWholeNumber } from "./options.ts";
import { viewFormats } from "./output-format.ts";
import { runView } from "./run-view.ts";

interface TreeCommandOptions extends CommonOptions {
  readonly depth?: number;
  readonly expand?: readonly string[];
  readonly filter?: readonly string[];
  readonly fold: boolean;
  readonly sort: "name" | "size";
  readonly tensors?: boolean;
  readonly stored?: boolean;
}

const FORMATS = viewFormats<Report<TreeNode>, TreeCommandOptions>(async (report, options) => {
  const { treeDocument } = await import("../report/render/tree-document.ts");
  const { tensors = false, stored = false, sort } = options;
  return treeDocument(report, { tensors, stored, shares: sort === "size", whole: isWholeWanted(options) });
});

export function addTreeCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("tree")
    .description("the module tree; equal layers and experts folded, those that differ shown")
    .argument("<source>")
    .addOption(new Option("--depth <levels>", "levels below the root").argParser(parseWholeNumber))
    .addOption(
      new Option(
        "--expand <path>",
        "show this module in full, out of its fold; `all` opens everything (repeatable)",
      ).argParser(collect),
    )
    .addOption(
      new Option("--filter <glob>", "only tensors whose names match (repeatable)").argParser(collect),
    )
    .option("--no-fold", "every numbered module on its own")
    .addOption(new Option("--sort <order>", "order of siblings").choices(["name", "size"]).default("name"))
    .option("--tensors", "every tensor on its own line")
    .option("--stored", "weights as they are stored: dtypes and shapes of values, scales and the like");
  addCommonOptions(command, FORMATS).action(async (source: string, options: TreeCommandOptions) => {
    done(
      await runView(io, source, options, {
        command: "tree",
        build: (checkpoint) => treeOf(checkpoint, toTreeOptions(options)),
        requireSome: async (_, { components }) => {
          const { expand = [] } = toTreeOptions(options);
          if (expand.every((path) => components.some((component) => hasPath(component, path)))) return;
          const { refusePaths } = await import("./module-choice.ts");
          refusePaths(components, expand);
        },
        formats: FORMATS,
        filter: options.filter ?? [],
      }),
    );
  });
}

/** Whoever says how much to show gets that; a plain tree is cut to what is read on a screen. */
function isWholeWanted({ depth, expand, fold, tensors, output, filter }: TreeCommandOptions): boolean {
  const isAsked = depth !== undefined || (expand ?? []).length > 0 || (filter ?? []).length > 0;
  return isAsked || !fold || tensors === true || output !== undefined;
}

function toTreeOptions(options: TreeCommandOptions): TreeOptions {
  const expand = options.expand ?? [];
  return {
    ...(options.depth === undefined ? {} : { depth: options.depth }),
    expand: expand.filter((path) => path !== "all"),
    fold: options.fold && !expand.includes("all"),
    sort: options.sort,
  };
}

/** The tree of the checkpoint; of several components one branch each. */
function treeOf(checkpoint: Checkpoint, options: TreeOptions): TreeNode {
  const trees = checkpoint.components.map((component) => ({
    component,
    tree: buildTree(component, options),
  }));
  if (trees.length === 1) return (trees[0] as (typeof trees)[number]).tree;
  const sum = (of: (tree: TreeNode) => number) => trees.reduce((total, { tree }) => total + of(tree), 0);
  return {
    kind: "module",
    name: "",
    path: "",
    parameters: sum((tree) => tree.parameters),
    elements: sum((tree) => tree.elements),
    bytes: sum((tree) => tree.bytes),
    tensors: sum((tree) => tree.tensors),
    role: null,
    scheme: null,
    children: trees.map(({ component, tree }) => ({ ...tree, name: component.name, path: component.name })),
  };
}
