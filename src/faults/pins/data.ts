/** A number of stored tensors that a configuration gives another value. */
export interface PinData {
  readonly about: "side" | "members" | "presence";
  /** The side of the tensor; null for what is no side. */
  readonly axis: number | null;
  readonly path: string;
  /** As the table has it: `num_attention_heads*attention_head_dim`. */
  readonly formula: string;
  readonly className: string;
  /** Line of config.json that states the first of its keys. */
  readonly line: number | null;
  /** Of presence: 1 stored, 0 not. */
  readonly expected: number;
  readonly stored: number;
}

export interface PinsData {
  "pin.unlike": PinData;
}
