export interface PipelineData {
  /** A part that is here with its weights, and that the description leaves out. */
  "pipeline.part-unlisted": { readonly part: string; readonly file: string };
  /** A part that the description names, without its folder or without its weights. */
  "pipeline.part-missing": {
    readonly part: string;
    readonly className: string | null;
    readonly lacks: "folder" | "weights";
    /** The description. */
    readonly file: string;
  };
  /** The class that a part is loaded as, and the one that its own configuration names. */
  "pipeline.class-other": {
    readonly part: string;
    readonly className: string;
    readonly own: string;
    readonly file: string;
  };
  /** A side of a part's tensor that its configuration gives another size. */
  "pipeline.weight-other": {
    readonly part: string;
    readonly key: string;
    readonly tensor: string;
    readonly axis: number;
    readonly expected: number;
    readonly stored: number;
  };
  /** A tensor that a part has by its configuration. */
  "pipeline.weight-missing": { readonly part: string; readonly tensor: string; readonly key: string };
  /** A number of one part, and what others make of it: `from` says where (`vae latent_channels`). */
  "pipeline.width-other": {
    readonly part: string;
    readonly key: string;
    readonly stated: number;
    readonly expected: number;
    readonly from: string;
  };
}
