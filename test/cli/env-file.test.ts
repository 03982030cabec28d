import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { envFileVariables } from '../../src/report/words/environment.ts';
import { after } from '../support/hooks.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'allocgate-env-file-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('the README has every variable that .env may set', () => {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  for (const name of envFileVariables) assert.match(readme, new RegExp(`\\b${name}\\b`, 'u'), name);
});

test('.env sets documented variables alone, names the others, and git gets none of them', () => {
  const bin = path.join(dir, 'bin');
  const seen = path.join(dir, 'seen');
  execFileSync('mkdir', [bin]);
  writeFileSync(path.join(bin, 'git'), `#!/bin/sh\nenv >> ${seen}\nexit 1\n`);
  chmodSync(path.join(bin, 'git'), 0o755);
  const lines = [
    `LD_PRELOAD=${dir}/no.so`,
    'GOROOT=/nowhere',
    'GIT_EXEC_PATH=/nowhere',
    'GIT_CONFIG_COUNT=1',
    'PATH=/nowhere',
    'NODE_OPTIONS=--inspect',
    `XDG_CACHE_HOME=${dir}/cache`,
    'HOST=0.0.0.0',
    'POSTGRES_PASSWORD=x',
  ];
  writeFileSync(path.join(dir, '.env'), `${lines.join('\n')}\n`);
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH: `${bin}:${PATH}`, HOME };
  const { stderr } = spawnSync(process.execPath, [path.join(root, 'src/main.ts'), 'doctor'], {
    cwd: dir,
    env,
    encoding: 'utf8',
  });
  assert.match(
    stderr,
    /\.env sets GIT_CONFIG_COUNT, GIT_EXEC_PATH, GOROOT, LD_PRELOAD, NODE_OPTIONS, PATH, which/u,
  );
  assert.doesNotMatch(stderr, /POSTGRES_PASSWORD|XDG_CACHE_HOME/u);
  const given = readFileSync(seen, 'utf8');
  assert.match(given, /^PATH=/mu);
  assert.doesNotMatch(given, /^(?:LD_PRELOAD|GOROOT|GIT_EXEC_PATH|GIT_CONFIG_COUNT|XDG_CACHE_HOME|HOST)=/mu);
});
