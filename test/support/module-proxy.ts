import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { Files } from './go-repository.ts';

/** A zip archive of uncompressed files (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16). */
function makeZip(files: Files): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    // Version, flags, method (stored), time, date (1980-01-01), checksum, two sizes, two lengths.
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(33, 8);
    facts.writeUInt32LE(crc32(data), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(data.length, 18);
    facts.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts, path, data]);
    // Comment length, disk, attributes, and where the local header is.
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), facts, rest, path]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/**
 * Adds one version of a module to a module proxy in a directory (https://go.dev/ref/mod#goproxy-protocol), for
 * `GOPROXY=file://DIR`. `files` are the module's, go.mod among them.
 */
export async function publishModule(
  dir: string,
  module: string,
  version: string,
  files: Files,
): Promise<void> {
  const folder = path.join(dir, module, '@v');
  await mkdir(folder, { recursive: true });
  const prefixed = Object.entries(files).map(([name, text]) => [`${module}@${version}/${name}`, text]);
  const file = (extension: string): string => path.join(folder, `${version}.${extension}`);
  await writeFile(file('info'), JSON.stringify({ Version: version, Time: '2026-01-01T00:00:00Z' }));
  await writeFile(file('mod'), files['go.mod'] ?? '');
  await writeFile(file('zip'), makeZip(Object.fromEntries(prefixed)));
}

/** A hash of files as go.sum has it (https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1). */
function sumFiles(files: Files): string {
  const sha256 = (text: string) => createHash('sha256').update(text);
  const lines = Object.keys(files)
    .sort()
    .map((name) => `${sha256(files[name] ?? '').digest('hex')}  ${name}\n`);
  return `h1:${sha256(lines.join('')).digest('base64')}`;
}

/** The lines of go.sum for one version of a module; `files` are the module's, go.mod among them. */
export function sumModule(module: string, version: string, files: Files): string {
  const prefixed = Object.entries(files).map(([name, text]) => [`${module}@${version}/${name}`, text]);
  const goMod = sumFiles({ 'go.mod': files['go.mod'] ?? '' });
  return `${module} ${version} ${sumFiles(Object.fromEntries(prefixed))}\n${module} ${version}/go.mod ${goMod}\n`;
}
