import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropMarkers, readMarkers, summaryMarker, writeMarker } from '../../../src/report/model/markers.ts';

test('what is written as a marker is read back, one or several', () => {
  assert.deepEqual(readMarkers(`${writeMarker('00c0ffee00c0ffee')}\n${writeMarker('b2')}\n\n**text**`), [
    '00c0ffee00c0ffee',
    'b2',
  ]);
  assert.deepEqual(readMarkers(`${summaryMarker}\n\n### allocgate`), ['summary']);
  assert.deepEqual(readMarkers(writeMarker('reply:12345-2')), ['reply:12345-2']);
});

test('a marker that GitHub gave back with other line ends is the same', () => {
  assert.deepEqual(readMarkers('<!-- allocgate:a1 -->\r\n<!-- allocgate:b2 -->\r\n\r\ntext'), ['a1', 'b2']);
});

test('only markers at the very start count, so that quoting one forges nothing', () => {
  for (const body of [
    `> ${summaryMarker}\n\nI disagree`,
    `text ${summaryMarker}`,
    `\n${summaryMarker}`,
    ` ${summaryMarker}`,
    '<!-- allocgate: a1 -->',
    '<!-- other:a1 -->',
    '',
  ]) {
    assert.deepEqual(readMarkers(body), [], body);
    assert.equal(dropMarkers(body), body);
  }
  assert.deepEqual(readMarkers(`${writeMarker('a1')}\n\ntext\n\n${writeMarker('b2')}`), ['a1']);
});

test('a marker cannot be left early by what it holds', () => {
  assert.equal(writeMarker('a--><b>'), '<!-- allocgate:a--b -->');
});

test('the text stands behind the markers', () => {
  assert.equal(
    dropMarkers(`${writeMarker('a1')}\n${writeMarker('b2')}\n\n**text** ${writeMarker('c3')}`),
    `**text** ${writeMarker('c3')}`,
  );
});
