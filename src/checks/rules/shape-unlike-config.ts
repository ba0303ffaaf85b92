import { quoteForMessage } from "../../format/escape.ts";
import { fromConfig, tellUsually } from "../from-config.ts";
import page from "./shape-unlike-config.md";

/** Tensors have other shapes than the class with this configuration. */
export const shapeUnlikeConfig = fromConfig(["weights.shape", "key.other", "pin.unlike"], {
  title: "Tensors are not as the class has them with this configuration",
  message: (seen) => {
    const { kind, at, data } = seen.fault;
    if (kind !== "weights.shape") return tellUsually(seen);
    const place = quoteForMessage(at.format(MAX_SHOWN) ?? "");
    return `${place} is ${seen.found}; with this configuration ${data.against} has ${seen.expected}`;
  },
  fix: "Correct the key in `config.json`, or export the tensors again.",
  page,
});

/** Patterns shown of one shape. */
const MAX_SHOWN = 3;
