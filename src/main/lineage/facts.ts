/** What a model says of itself, in its card, its configuration or the metadata of its files. Evidence, not proof. */
export interface DeclaredFacts {
  /** Names or paths of parents as they were written, each with the place that says so. */
  readonly parents: readonly DeclaredParent[];
  /** What the card calls it, where it does. */
  readonly relation?: 'finetune' | 'adapter' | 'merge' | 'quantized';
  /** A merge's own recipe, where it wrote one down. */
  readonly merge?: { readonly method: string; readonly parents: readonly DeclaredParent[] };
  /** Step of a training run (`checkpoint-500`). */
  readonly step?: number;
  /** `architectures[0]` of config.json, `_class_name` of a pipeline. */
  readonly architecture?: string;
}

/** A parent that a model names. */
export interface DeclaredParent {
  /** As written: `org/name`, a folder's name, or a path of another machine. */
  readonly name: string;
  readonly weight?: number;
  /** File and key that say so: `README.md base_model`. */
  readonly source: string;
  /** It was named by its content, and that was compared: there is nothing left that bytes could contradict. */
  readonly proven?: true;
}
