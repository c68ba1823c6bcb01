import type { FileRole } from './found-model.ts';
import { isForeignWeightName, isTrainerState, isWeightName } from './file-names.ts';

const tokenizerNames = new Set([
  ...['vocab.json', 'vocab.txt', 'vocab.bpe', 'merges.txt', 'added_tokens.json', 'special_tokens_map.json'],
  ...['spiece.model', 'sentencepiece.bpe.model', 'tekken.json', 'chat_template.jinja', 'chat_template.json'],
]);

/** What a file of a model's folder is for, as far as its name says. */
export function roleOf(path: string): FileRole {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const lower = name.toLowerCase();
  if (isTrainerState(name) && !lower.startsWith('training_args')) return 'optimizer';
  if (lower.endsWith('.index.json')) return 'index';
  if (/^tokenizer.*|.*\.tiktoken$/u.test(lower) || tokenizerNames.has(lower)) return 'tokenizer';
  if (/^(?:readme|modelcard|model_card)(?:\.\w+)?$/u.test(lower)) return 'card';
  if (isForeignWeightName(name)) return 'weights';
  if (lower.startsWith('training_args')) return 'side';
  if (isWeightName(name)) return 'weights';
  return /\.(?:json|ya?ml|toml)$/u.test(lower) ? 'config' : 'side';
}
