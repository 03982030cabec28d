import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderSchema } from '../../src/cli/schemas.ts';
import { listSchemaKeys } from '../../src/report/data/json-schemas.ts';
import { configWords, reportWords, settingsWords } from '../../src/report/words/schema-keys.ts';

const words = { config: configWords, report: reportWords, settings: settingsWords };
const names = ['config', 'report', 'settings'] as const;

for (const name of names) {
  test(`the schema of ${name} has an address, a title and a description`, () => {
    const { $id, title, description } = JSON.parse(renderSchema(name));
    assert.deepEqual([$id, title, description], [words[name].id, words[name].title, words[name].description]);
  });

  test(`no description of ${name} is about a key that there is not`, () => {
    const keys = new Set(listSchemaKeys(JSON.parse(renderSchema(name))));
    assert.deepEqual(
      Object.keys(words[name].keys).filter((key) => !keys.has(key)),
      [],
    );
  });
}

test('editors have a sentence for every key that a person writes, and for the top of a report', () => {
  for (const name of ['config', 'settings'] as const) {
    const keys = new Set(listSchemaKeys(JSON.parse(renderSchema(name))));
    assert.deepEqual(
      [...keys].filter((key) => !(key in words[name].keys)),
      [],
      name,
    );
  }
  const top = Object.keys(JSON.parse(renderSchema('report')).properties);
  assert.deepEqual(
    top.filter((key) => !(key in reportWords.keys)),
    [],
  );
});

// The settings' defaults are those of the machine, so their schema is only printed.
for (const name of ['config', 'report'] as const) {
  test(`schemas/${name}.json, which the package brings, is what the program prints`, () => {
    const file = `schemas/${name}.json`;
    if (process.env['GOLDEN'] === 'update') writeFileSync(file, renderSchema(name));
    const hint = `GOLDEN=update node --test test/cli/config-schema.test.ts updates ${file}`;
    assert.equal(readFileSync(file, 'utf8'), renderSchema(name), hint);
  });
}

test('the entry for the schema store names the same schema', () => {
  assert.equal(JSON.parse(readFileSync('schemas/schemastore.json', 'utf8')).url, configWords.id);
});
