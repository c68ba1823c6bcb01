import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How large a generated library is. */
export interface GeneratedLibrary {
  readonly models: number;
  /** Tensors of a whole model; adapters and LoRA files have two for each. */
  readonly tensors: number;
}

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Models that are written at a time. */
const together = 16;
const width = 4096;
const rank = 16;

/**
 * Writes a library of models with real headers and empty (sparse) weights, as people have them: of each ten, five
 * folders with one file, one sharded folder, one adapter, and a checkpoint, a LoRA and a GGUF file in a folder of many.
 * The same numbers give the same library.
 */
export async function generateLibrary(folder: string, { models, tensors }: GeneratedLibrary): Promise<void> {
  for (const many of ['checkpoints', 'loras', 'gguf']) await mkdir(join(folder, many), { recursive: true });
  for (let first = 0; first < models; first += together) {
    const numbers = Array.from({ length: Math.min(together, models - first) }, (_, at) => first + at);
    await Promise.all(numbers.map((number) => writeModel(folder, number, tensors)));
  }
}

async function writeModel(folder: string, number: number, count: number): Promise<void> {
  const name = `model-${String(number).padStart(6, '0')}`;
  const family = `family-${number % 40}`;
  const place = join(folder, `group-${number % 100}`, name);
  switch (number % 10) {
    case 5:
      await writeFolder(place, family);
      return writeShards(place, whole(count));
    case 6:
      await mkdir(place, { recursive: true });
      await writeJson(join(place, 'adapter_config.json'), {
        peft_type: 'LORA',
        r: rank,
        base_model_name_or_path: family,
      });
      return writeSparse(join(place, 'adapter_model.safetensors'), factors(count, 'lora_A', 'lora_B'), {});
    case 7:
      return writeSparse(join(folder, 'checkpoints', `${name}.safetensors`), whole(count), {});
    case 8: {
      const metadata = { ss_base_model_version: 'sdxl_base_v1-0', ss_network_dim: String(rank) };
      return writeSparse(
        join(folder, 'loras', `${name}.safetensors`),
        factors(count, 'lora_down', 'lora_up'),
        metadata,
      );
    }
    case 9:
      return writeGguf(join(folder, 'gguf', `${name}.gguf`), whole(count));
    default:
      await writeFolder(place, family);
      return writeSparse(join(place, 'model.safetensors'), whole(count), { format: 'pt' });
  }
}

async function writeFolder(place: string, family: string): Promise<void> {
  await mkdir(place, { recursive: true });
  await writeFile(
    join(place, 'README.md'),
    `---\nbase_model: hub/${family}\nlicense: mit\n---\nA fine-tune.\n`,
  );
  await writeJson(join(place, 'config.json'), { architectures: ['LlamaForCausalLM'], hidden_size: width });
  for (const name of ['generation_config', 'tokenizer_config', 'special_tokens_map', 'tokenizer']) {
    await writeJson(join(place, `${name}.json`), { name });
  }
}

async function writeShards(place: string, tensors: readonly Tensor[]): Promise<void> {
  const shards = 3;
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard += 1) {
    const file = `model-0000${shard + 1}-of-0000${shards}.safetensors`;
    const part = tensors.filter((_, at) => at % shards === shard);
    for (const { name } of part) weightMap[name] = file;
    await writeSparse(join(place, file), part, { format: 'pt' });
  }
  await writeJson(join(place, 'model.safetensors.index.json'), { metadata: {}, weight_map: weightMap });
}

function writeJson(path: string, value: unknown): Promise<void> {
  return writeFile(path, JSON.stringify(value, null, 2));
}

function whole(count: number): Tensor[] {
  return Array.from({ length: count }, (_, at) => {
    return { name: `model.layers.${at}.self_attn.q_proj.weight`, shape: [width, 512] };
  });
}

function factors(count: number, down: string, up: string): Tensor[] {
  return Array.from({ length: count }, (_, at) => [
    { name: `lora_unet_blocks_${at}_attn.${down}.weight`, shape: [rank, width] },
    { name: `lora_unet_blocks_${at}_attn.${up}.weight`, shape: [width, rank] },
  ]).flat();
}

function bytesOf({ shape }: Tensor): number {
  return shape.reduce((product, size) => product * size, 2);
}

async function writeSparse(
  path: string,
  tensors: readonly Tensor[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const tensor of tensors) {
    const begin = end;
    end += bytesOf(tensor);
    header[tensor.name] = { dtype: 'BF16', shape: tensor.shape, data_offsets: [begin, end] };
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await writeHead(path, Buffer.concat([length, text]), end);
}

/** Version 3, no metadata, tensors of BF16 (type 30) at multiples of 32. */
async function writeGguf(path: string, tensors: readonly Tensor[]): Promise<void> {
  const parts: Buffer[] = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(0)];
  let offset = 0;
  for (const tensor of tensors) {
    const { name, shape } = tensor;
    parts.push(u64(Buffer.byteLength(name)), Buffer.from(name), u32(shape.length));
    parts.push(...shape.toReversed().map(u64), u32(30), u64(offset));
    offset += bytesOf(tensor);
  }
  const head = Buffer.concat(parts);
  await writeHead(path, Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32)]), offset);
}

async function writeHead(path: string, head: Buffer, dataBytes: number): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(head);
    await file.truncate(head.length + dataBytes);
  } finally {
    await file.close();
  }
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
