import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { bombs } from './bombs.ts';
import { type Contrast, contrasts, type NoContrast } from './probe-contrasts.ts';
import { PROBES } from './probe-runs.ts';

export type HostileCase = { name: string; attack: string; measure: string; seenToFail: string };

/** What each attack does, and which measure must stop it. */
export const attacks = z
  .record(z.string(), z.object({ what: z.string(), measure: z.string() }))
  .parse(JSON.parse(readFileSync(path.join(PROBES, 'attacks.json'), 'utf8')));

/** Attacks with separate tests: what stops each, and how it was seen to succeed. */
const special: Readonly<Record<string, { heldBy?: readonly string[]; seenToFail: string }>> = {
  daemon: {
    heldBy: ['pid namespace', 'cgroup', 'mount namespace'],
    seenToFail: 'with all three taken away it is alive after the run and leaves its file',
  },
  'daemon-holding-output': {
    heldBy: ['pid namespace', 'cgroup', 'mount namespace'],
    seenToFail: 'with all three taken away it is alive until the output is closed, and leaves its file',
  },
  'deep-path': { seenToFail: 'with one /tmp for two runs the second says "got in: found /tmp/…"' },
  'persist-tmp': { seenToFail: 'with one /tmp for two runs the second says "got in: found /tmp/…"' },
  'secret-env': { seenToFail: 'with the environment of the caller it says "got in: the variable … is set"' },
  'secret-fd': {
    heldBy: ['only the descriptors of a run are handed on', 'the pipe of results is closed before it starts'],
    seenToFail:
      'with the secret opened for it, or the pipe left open, it says "got in: descriptor … holds the secret", "… was left open"',
  },
  'write-outside': { seenToFail: 'with the files of the host (--bind / /) it says "got in: wrote …"' },
  'write-tree': {
    heldBy: ['read-only mounts', 'owner of the files'],
    seenToFail: 'with a tree of its own, mounted to be written, it says "got in: changed attack.go"',
  },
};

function describe(contrast: Contrast | NoContrast): { heldBy?: readonly string[]; seenToFail: string } {
  if ('none' in contrast) return { seenToFail: contrast.none };
  const { heldBy, how, sees } = contrast;
  return { ...(heldBy && { heldBy }), seenToFail: `with ${how} it says "got in: … ${sees} …"` };
}

/** Describes how one attack was seen to succeed. Throws if nobody has tried. */
function describeAttack(name: string): { heldBy?: readonly string[]; seenToFail: string } {
  const [bomb, contrast, other] = [bombs[name], contrasts[name], special[name]];
  if (bomb) return { seenToFail: `with ${bomb.words} it says "got in: …"` };
  if (contrast) return describe(contrast);
  if (other) return other;
  throw new Error(`${name}: nobody has seen it get in`);
}

export const probeCases: readonly HostileCase[] = Object.entries(attacks).map(([name, { what, measure }]) => {
  const { heldBy, seenToFail } = describeAttack(name);
  return { name, attack: what, measure: heldBy?.join('; ') ?? measure, seenToFail };
});
