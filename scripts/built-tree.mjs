// Whether what is built would start as an app, as far as that can be told without Electron's program.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname, join, matchesGlob, relative } from 'node:path';

/**
 * What is read of the packaging's configuration.
 * @typedef {object} Packaging
 * @property {readonly string[]} files patterns; `!` in front leaves out
 * @property {readonly string[]} asarUnpack
 * @property {readonly { readonly platform: string, readonly arch: string, readonly files: readonly string[] }[]} targets
 */

/**
 * @param {string} root
 * @param {Packaging} packaging
 * @param {readonly string[]} inApp packages that are packed beside what is built
 * @returns {string[]} a sentence for each thing that is wrong
 */
export function builtTreeProblems(root, packaging, inApp) {
  return [
    ...mainProblems(root),
    ...preloadProblems(root),
    ...importProblems(root, packaging, inApp),
    ...fileProblems(root, packaging),
    ...nativeProblems(root, packaging),
  ];
}

/** @param {string} root */
function mainProblems(root) {
  /** @type {unknown} */
  const json = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { main } = /** @type {{ main?: string }} */ (json);
  if (main !== 'out/main/desktop.js') return ['package.json does not name out/main/desktop.js as "main".'];
  const files = ['out/main/desktop.js', 'out/renderer/index.html'].filter(
    (path) => !existsSync(join(root, path)),
  );
  return files.map((path) => `${path} is not built.`);
}

/** @param {string} root */
function preloadProblems(root) {
  const folder = join(root, 'out/preload');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.length !== 1 || names[0] !== 'index.cjs')
    return [`The preload script is not one file index.cjs: ${names.join(', ') || 'nothing is built'}.`];
  const text = readFileSync(join(folder, 'index.cjs'), 'utf8');
  const required = [...text.matchAll(/\brequire\((["'`])([^"'`]+)\1\)/gu)].map(([, , name]) => name ?? '');
  const isModule = /^\s*(?:import|export)\b/mu.test(text) || /\bimport\s*\(/u.test(text);
  return [
    ...(isModule ? ['The preload script is no CommonJS: a sandboxed one cannot import.'] : []),
    ...required
      .filter((name) => name !== 'electron')
      .map((name) => `The preload script requires ${name}; a sandboxed one gets only electron.`),
  ];
}

/**
 * @param {string} root
 * @param {Packaging} packaging
 * @param {readonly string[]} inApp
 */
function importProblems(root, packaging, inApp) {
  const problems = [];
  /** @type {Set<string>} */
  const outside = new Set();
  for (const entry of ['desktop.js', 'service-process.js', 'pool-worker.js']) {
    const { files, packages, missing } = reach(join(root, 'out/main'), entry);
    problems.push(...missing.map((path) => `${path} is imported by out/main/${entry} and not built.`));
    for (const name of packages) outside.add(name);
    if (entry !== 'desktop.js' && packages.includes('electron'))
      problems.push(`out/main/${entry} imports electron, which only the main process has.`);
    if (entry === 'desktop.js' && packages.includes('better-sqlite3'))
      problems.push('out/main/desktop.js loads the database: the library belongs to the service process.');
    problems.push(
      ...files
        .map((path) => relative(root, path).replaceAll('\\', '/'))
        .filter((path) => !isPacked(path, packaging.files))
        .map((path) => `${path} is needed by out/main/${entry} and not packed.`),
    );
  }
  for (const name of outside) {
    if (name !== 'electron' && !inApp.includes(name))
      problems.push(
        `The main process imports ${name}, which is not in "dependencies" or left out of the app.`,
      );
  }
  for (const name of inApp) {
    const path = `node_modules/${name}/package.json`;
    if (!existsSync(join(root, path))) problems.push(`${name} is not installed.`);
    // Packages come along by themselves: only patterns that leave out count for them.
    else if (isLeftOut(path, packaging.files)) problems.push(`${name} is left out of the app.`);
    else if (!isUnpacked(path, packaging))
      problems.push(`${name} stays in the archive, where the service cannot be.`);
  }
  return problems;
}

/**
 * All that a script imports, at once or later.
 * @param {string} folder
 * @param {string} entry
 */
function reach(folder, entry) {
  /** @type {Set<string>} */
  const files = new Set();
  /** @type {Set<string>} */
  const packages = new Set();
  const missing = [];
  for (const open = [join(folder, entry)]; open.length > 0;) {
    const path = /** @type {string} */ (open.pop());
    if (files.has(path)) continue;
    if (!existsSync(path)) {
      missing.push(basename(path));
      continue;
    }
    files.add(path);
    for (const name of importedBy(readFileSync(path, 'utf8'))) {
      if (name.startsWith('.')) open.push(join(dirname(path), name));
      else if (!name.startsWith('node:') && !builtinModules.includes(name)) packages.add(packageOf(name));
    }
  }
  return { files: [...files], packages: [...packages], missing };
}

/** @param {string} text */
function importedBy(text) {
  const forms = [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*["']([^"']+)["']/gmu,
    /^\s*import\s*["']([^"']+)["']/gmu,
    /\bimport\(\s*["'`]([^"'`]+)["'`]\s*\)/gu,
  ];
  return forms.flatMap((form) => [...text.matchAll(form)].map(([, name]) => name ?? ''));
}

/** @param {string} name */
function packageOf(name) {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}

/**
 * Files and folders that the code finds beside itself are where it looks for them, before and after packing.
 * @param {string} root
 * @param {Packaging} packaging
 */
function fileProblems(root, packaging) {
  const problems = [];
  const folder = join(root, 'out/main');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    // Command line and web host are no part of the app.
    if (!name.endsWith('.js') || !isPacked(`out/main/${name}`, packaging.files)) continue;
    const text = readFileSync(join(folder, name), 'utf8');
    for (const [, url = ''] of text.matchAll(/new URL\(\s*["'`]([^"'`]+)["'`],\s*import\.meta\.url\s*\)/gu)) {
      const path = relative(root, join(folder, url)).replaceAll('\\', '/');
      const looked = `out/main/${name} looks for ${path}, which`;
      if (!existsSync(join(root, path))) problems.push(`${looked} is not there.`);
      else if (!isPacked(path, packaging.files) && !isPacked(`${path}/x`, packaging.files))
        problems.push(`${looked} is not packed.`);
    }
  }
  for (const path of ['out/main/service-process.js', 'out/main/pool-worker.js', 'out/main/kernels.wasm']) {
    if (!isUnpacked(path, packaging))
      problems.push(`${path} stays in the archive, where no thread can read it.`);
  }
  return problems;
}

/**
 * @param {string} root
 * @param {Packaging} packaging
 */
function nativeProblems(root, packaging) {
  const folder = 'node_modules/better-sqlite3/prebuilds';
  const there = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
  return packaging.targets.flatMap(({ platform, arch, files }) => {
    const patterns = [...packaging.files, ...files.map((pattern) => pattern.replaceAll('${arch}', arch))];
    const packed = there.filter((name) => !isLeftOut(`${folder}/${name}`, patterns));
    const own = `${platform}-${arch}.node`;
    if (packed.length === 1 && packed[0] === own) return [];
    return [
      `For ${platform} on ${arch}, ${packed.join(', ') || 'nothing'} would be packed in place of ${own}.`,
    ];
  });
}

/**
 * @param {string} path
 * @param {readonly string[]} patterns
 */
function isLeftOut(path, patterns) {
  return patterns.some((pattern) => pattern.startsWith('!') && matchesGlob(path, pattern.slice(1)));
}

/**
 * @param {string} path
 * @param {readonly string[]} patterns
 */
function isPacked(path, patterns) {
  return patterns.some((pattern) => matchesGlob(path, pattern)) && !isLeftOut(path, patterns);
}

/**
 * @param {string} path
 * @param {Packaging} packaging
 */
function isUnpacked(path, { asarUnpack }) {
  return asarUnpack.some((pattern) => matchesGlob(path, pattern));
}
