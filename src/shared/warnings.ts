/** Something worth telling that stops nothing: the work went on and every byte is safe. */
export interface Warning {
  /** Relative path inside the model, with forward slashes. */
  readonly file: string;
  /** One sentence for a person. */
  readonly sentence: string;
}
