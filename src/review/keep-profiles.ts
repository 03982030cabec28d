import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Side } from '../compare/types.ts';
import { Failure, isNoSpace, systemCode, systemReason } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';

/** The heap profile of one benchmark on one side, in pprof's format, not compressed. */
type TakenProfile = { package: string; name: string; side: Side; bytes: Uint8Array };

/** Stores one profile of a review. */
export type KeepProfile = (profile: TakenProfile) => Promise<void>;

/**
 * The name of a profile's file. Benchmark names come from the reviewed code, so characters that could lead out of the
 * folder are replaced by underscores. A hash distinguishes names that could then be equal: `X/a_b` and `X/a/b`.
 */
function fileNameOf({ package: importPath, name, side }: TakenProfile): string {
  const id = `${importPath}.${name}`;
  const plain = id.replaceAll('/', '_');
  const clean = plain.replaceAll(/[^\w.-]/gu, '_').slice(0, 150);
  const isUnique = clean === plain && !id.includes('_');
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 8);
  return `${isUnique ? clean : `${clean}-${hash}`}.${side}.pb.gz`;
}

/** Throws `disk-full` or `output-not-writable` instead of the system's error. */
async function orFailure(file: string, write: Promise<unknown>, isFolder?: true): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (isNoSpace(error)) throw new Failure('disk-full', { path: file }, { cause: error });
    const reason = isFolder && systemCode(error) === 'EEXIST' ? 'it is a file' : systemReason(error);
    const facts = { path: file, reason, ...(isFolder && { isFolder }) };
    throw new Failure('output-not-writable', facts, { cause: error });
  }
}

/**
 * Creates a folder, and returns a function that writes a profile to a compressed file in it. Both throw `disk-full` or
 * `output-not-writable`.
 */
export async function keepProfilesIn(dir: string): Promise<KeepProfile> {
  await orFailure(dir, makeFolder(path.resolve(dir)), true);
  return async (profile) => {
    const file = path.join(dir, fileNameOf(profile));
    await orFailure(file, writeFile(file, await promisify(gzip)(profile.bytes)));
  };
}
