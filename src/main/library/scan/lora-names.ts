/** Endings that the parts of low-rank updates have (kohya, LyCORIS, PEFT and diffusers). */
const partEnding =
  /(?:\.|_)(?:lora_down|lora_up|lora_mid|lora_A|lora_B|lora\.down|lora\.up|lora_embedding_[AB]|alpha|dora_scale|hada_[wt][12](?:_[ab])?|lokr_[wt][12](?:_[ab])?|oft_(?:blocks|diag)|diff|diff_b|lora_magnitude_vector)(?:\.(?:default\.)?weight)?$/u;
/** What kohya puts before the path of a module. */
const kohyaStart = /^lora_(?:unet|te\d?|transformer|prior_te|prior_unet)_/u;

/**
 * Whether the tensors of one file are a low-rank update of another model and nothing else, by their names.
 * Method: the names that kohya's trainers, LyCORIS and PEFT write (ComfyUI `comfy/lora.py` lists them).
 */
export function areLowRank(names: readonly string[]): boolean {
  const parts = names.filter((name) => partEnding.test(name) || kohyaStart.test(name));
  // "alpha" and "diff" alone end the names of other things too.
  const factors = names.filter((name) => /lora|hada_|lokr_|oft_/u.test(name));
  return names.length > 0 && factors.length > 0 && parts.length >= names.length * 0.9;
}
