import { fromSignature } from "../from-signature.ts";
import page from "./class-unlike-model-type.md";

/** `architectures` and `model_type` are of two models. */
export const classUnlikeModelType = fromSignature(["class.odds"], {
  family: "config",
  title: "The class and the model type are of two models",
  message: ({ expected, found }) => `the configuration should name ${expected}; stored are ${found}`,
  fix: "Name the class and the type of the model that is stored.",
  page,
});
