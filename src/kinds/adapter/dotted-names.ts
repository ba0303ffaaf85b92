/** Words that kohya's trainers and LyCORIS keep whole: their underscores are no dots. */
const WHOLE_WORDS: ReadonlySet<string> = new Set(
  (
    "to_q to_k to_v to_out to_qkv to_kv proj_in proj_out proj_mlp self_attn cross_attn text_model vision_model down_blocks up_blocks mid_block " +
    "input_blocks output_blocks middle_block double_blocks single_blocks joint_blocks transformer_blocks single_transformer_blocks " +
    "img_attn txt_attn img_mlp txt_mlp img_mod txt_mod img_in txt_in time_in vector_in guidance_in final_layer q_proj k_proj v_proj out_proj " +
    "add_q_proj add_k_proj add_v_proj to_add_out k_img v_img conv_in conv_out time_emb_proj conv_shortcut time_embedding " +
    "add_embedding time_embed label_emb emb_layers in_layers out_layers skip_connection linear_1 linear_2 context_block x_block " +
    "adaLN_modulation ff_context time_text_embed context_embedder x_embedder norm_out " +
    "text_projection token_embedding position_embedding encoder_hid_proj time_projection text_embedding " +
    "gate_proj up_proj down_proj wi_0 wi_1 mlp_t5 norm_k_img noise_refiner context_refiner cap_embedder feed_forward qkv_proj " +
    "text_encoder text_encoder_2 caption_projection patch_embed patch_embedding"
  ).split(" "),
);

/** Words of a whole one at the most. */
const MAX_WORDS = 4;

/** What stands before kohya's names, and is no part of the module's. */
const PREFIX = /^(lora_(?:unet|te[123]?|prior_unet|transformer)|lycoris(?:_(?:unet|te[123]?))?)_(.+)$/s;

/** Whether names are written with underscores for dots. */
export function isUnderscored(name: string): boolean {
  return !name.includes(".") && PREFIX.test(name);
}

/**
 * A module's path from its name with underscores: `lora_unet_down_blocks_0_attentions_1_proj_in` is
 * `lora_unet.down_blocks.0.attentions.1.proj_in`. Which underscores were dots cannot be told for certain; known words are kept whole.
 */
export function dottedName(name: string): string {
  const match = PREFIX.exec(name);
  if (match === null) return name;
  const words = (match[2] as string).split("_");
  const path: string[] = [match[1] as string];
  for (let at = 0; at < words.length; ) {
    const count = longestWord(words, at);
    path.push(words.slice(at, at + count).join("_"));
    at += count;
  }
  return path.join(".");
}

function longestWord(words: readonly string[], at: number): number {
  for (let count = Math.min(MAX_WORDS, words.length - at); count > 1; count--)
    if (WHOLE_WORDS.has(words.slice(at, at + count).join("_"))) return count;
  return 1;
}
