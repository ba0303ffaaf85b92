import { fromSignature } from "../from-signature.ts";
import page from "./class-unlike-model-type.md";

/** `architectures` and `model_type` are of two models, or the tensors of another than they name. */
export const classUnlikeModelType = fromSignature(["class.odds", "class.names"], {
  family: "config",
  title: "The configuration names a class that tensors are not of",
  message: ({ fault: { kind }, expected, found }) =>
    kind === "class.odds"
      ? `the configuration should name ${expected}; stored are ${found}`
      : `the configuration wants ${expected}; stored are ${found}`,
  fix: "Name the class and the type of the model that is stored.",
  page,
});
