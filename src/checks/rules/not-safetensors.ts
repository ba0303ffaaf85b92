import { fromLoader } from "../loader-findings.ts";
import page from "./not-safetensors.md";

/** A shard is some other kind of file. */
export const notSafetensors = fromLoader(["NOT_SAFETENSORS"], {
  id: "not-safetensors",
  family: "files",
  severity: "error",
  title: "A shard is some other kind of file",
  fix: "Fetch the real file: for a Git LFS pointer run `git lfs pull`.",
  page,
});
