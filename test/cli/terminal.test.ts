import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseWidth, choosesColour } from '../../src/cli/terminal.ts';

test('colours follow the terminal, NO_COLOR and FORCE_COLOR', () => {
  assert.ok(choosesColour({}, true));
  assert.ok(!choosesColour({}, false));
  assert.ok(!choosesColour({ NO_COLOR: '1' }, true));
  assert.ok(choosesColour({ NO_COLOR: '' }, true), 'an empty NO_COLOR counts as not set');
  assert.ok(choosesColour({ FORCE_COLOR: '1', NO_COLOR: '1' }, false));
  assert.ok(!choosesColour({ FORCE_COLOR: '0' }, true));
  assert.ok(!choosesColour({ TERM: 'dumb' }, true));
});

test("COLUMNS overrides the terminal's own width; what is no number does not", () => {
  assert.equal(chooseWidth({}, 80), 80);
  assert.equal(chooseWidth({}, undefined), 100);
  assert.equal(chooseWidth({}, 300), 120, 'a sentence of 300 columns cannot be read');
  assert.equal(chooseWidth({ COLUMNS: '200' }, 80), 200);
  assert.equal(chooseWidth({ COLUMNS: '10' }, 80), 40);
  assert.equal(chooseWidth({ COLUMNS: '-3' }, 80), 80);
  assert.equal(chooseWidth({ COLUMNS: '' }, undefined), 100);
});
