// What a file's name alone says. A name only decides which files are worth opening and which are left alone; what
// is in them decides what they are.

const weightEndings = ['.safetensors', '.sft', '.gguf', '.bin', '.pt', '.pth', '.ckpt', '.wdelta'];
/** Weights of other frameworks: part of a model's folder, never a model by themselves. */
const foreignWeightEndings = [
  '.onnx',
  '.onnx_data',
  '.h5',
  '.msgpack',
  '.ot',
  '.tflite',
  '.pdparams',
  '.npz',
];
/** Unfinished downloads and copies of programs that people use, and our own unfinished work. */
const partialEndings = [
  ...['.part', '.partial', '.tmp', '.temp', '.incomplete', '.crdownload', '.download', '.aria2', '.!ut'],
  '-partial',
];
/** Endings of files that are no weights: not opened to find out. */
const otherEndings = new Set(
  (
    'txt md rst json jsonl yaml yml toml ini cfg conf csv tsv xml html css log py pyc ipynb js mjs ts map c h cpp hpp ' +
    'rs go java class jar sh bat ps1 exe dll so dylib a o lib node wasm png jpg jpeg gif webp bmp svg ico tif tiff psd ' +
    'mp3 wav flac ogg opus m4a mp4 mkv avi mov webm pdf doc docx xls xlsx ppt pptx odt epub ttf otf woff woff2 gz xz ' +
    'bz2 zst 7z rar tar deb rpm iso img dmg qcow2 vmdk vdi db sqlite sqlite3 parquet arrow feather lock info dshelf ' +
    'onnx onnx_data h5 msgpack ot tflite pdparams npz npy pkl pickle idx pack model vocab spm'
  ).split(' '),
);

/** Below this, a file with a name that says nothing is not worth opening. */
const leastBytes = 64 * 1024;

/** The marker file of a vault, and the folder of a quarantine: neither holds models of a watched folder. */
const vaultMarker = 'deltashelf-vault.json';
const quarantineFolder = '.deltashelf-quarantine';

/** Folders of systems and tools, where a model would be nobody's: rubbish bins, repositories, caches of programs. */
const unvisitedFolders = new Set([
  ...['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv', 'site-packages'],
  ...['$RECYCLE.BIN', 'System Volume Information', '.Trash', '.Trashes', '.Spotlight-V100', '.fseventsd'],
]);

function endsWithAny(name: string, endings: readonly string[]): boolean {
  const lower = name.toLowerCase();
  return endings.some((ending) => lower.endsWith(ending));
}

/** Whether the name says that the file holds weights that are read here. */
export function isWeightName(name: string): boolean {
  return endsWithAny(name, weightEndings);
}

export function isForeignWeightName(name: string): boolean {
  return endsWithAny(name, foreignWeightEndings);
}

/** Whether a file may be a model by itself: its name says so, or says nothing and it is large. */
export function mayBeModel(name: string, size: number): boolean {
  if (isTrainerState(name)) return false;
  if (isWeightName(name)) return true;
  const ending = /\.([^.]+)$/u.exec(name.toLowerCase())?.[1];
  return size >= leastBytes && !(ending !== undefined && otherEndings.has(ending));
}

/** Whether another program, or this one, has not finished the file. */
export function isPartialName(name: string): boolean {
  return endsWithAny(name, partialEndings);
}

/** The note that a reclaim leaves where a model was. */
export function isOwnNote(name: string): boolean {
  return name.toLowerCase().endsWith('.deltashelf.txt');
}

/** What a trainer keeps beside the weights to go on later. */
export function isTrainerState(name: string): boolean {
  return (
    /^(?:optimizer|scheduler|scaler|sampler)(?:_?\d+)?\.(?:pt|bin|pth|safetensors)$/iu.test(name) ||
    /^(?:rng_state|random_states|training_args|dataloader_state)[^/]*\.(?:pth?|bin|pkl)$/iu.test(name) ||
    /_optim_states\.pt$/iu.test(name)
  );
}

export function isVault(names: Iterable<string>): boolean {
  return new Set(names).has(vaultMarker);
}

export function isQuarantine(folder: string): boolean {
  return folder === quarantineFolder;
}

/** Whether nobody keeps models in a folder of this name. */
export function isUnvisited(folder: string): boolean {
  return unvisitedFolders.has(folder) || folder.startsWith('.Trash-');
}

/** Folders of a Unix system's root that hold no disk. */
export function isSystemFolder(path: string): boolean {
  return process.platform !== 'win32' && ['/proc', '/sys', '/dev', '/run'].includes(path);
}

/** Whether a trainer named the folder after a step (`checkpoint-500`). */
export function isCheckpointFolder(name: string): boolean {
  return /^checkpoint-\d+$/u.test(name);
}

const shardName = /^(?<stem>.*)-(?<number>\d{5})-of-(?<count>\d{5})\.(?<ending>safetensors|bin|gguf)$/u;

/** One of several files that make up one model. */
export interface ShardName {
  /** What all shards of the model have in common. */
  readonly group: string;
  readonly number: number;
  readonly count: number;
}

export function parseShardName(name: string): ShardName | undefined {
  const parts = shardName.exec(name)?.groups;
  if (parts === undefined) return undefined;
  const { stem = '', number = '', count = '', ending = '' } = parts;
  return { group: `${stem}-of-${count}.${ending}`, number: Number(number), count: Number(count) };
}
