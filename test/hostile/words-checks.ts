import assert from 'node:assert/strict';
import { marked } from 'marked';
import { z } from 'zod';
import { reportSchema } from '../../src/report/model/schema.ts';
import { validate } from '../report/data/sarif-schema.ts';
import type { Outputs } from './words-review.ts';

/** The elements that our own Markdown produces. All others come from the reviewed code. */
const ownTags =
  /^<\/?(?:h[1-6]|p|table|thead|tbody|tr|th(?: align="right")?|td(?: align="right")?|code(?: class="language-text")?|pre|details|summary|ul|ol|li|strong|em|hr|br)>$/u;
const ownLink =
  /^<a href="https:\/\/(?:pkg\.go\.dev|go\.dev|senior-stack\.uz|github\.com\/[\w-]+)\/[^"]*">$|^<\/a>$/u;
const ownMarker = /^<!-- allocgate:[\w-]+ -->$/u;

/** What a reader, or GitHub, would make of the text that is not code. */
const actsOutsideCode = /@\w|!\[|evil\.example|(?:^|\s)(?:#|GH-)\d|:tada:|<|\[\w+\]\(/u;

/** Renders the Markdown as GitHub would and refuses every element, link and mention that is not ours. */
export function checkMarkdown({ markdown }: Outputs): void {
  const html = marked.parse(markdown, { async: false, gfm: true });
  const tags = html.match(/<!--[^]*?-->|<[^>]*>/gu) ?? [];
  for (const tag of tags)
    assert.ok(
      [ownTags, ownLink, ownMarker].some((own) => own.test(tag)),
      tag,
    );
  const count = (tag: string): number => tags.filter((one) => one === tag).length;
  for (const name of ['details', 'summary', 'code', 'pre', 'table'])
    assert.equal(count(`<${name}>`) + count(`<${name} class="language-text">`), count(`</${name}>`), name);
  const words = html.replaceAll(/<code[^>]*>[^]*?<\/code>|<!--[^]*?-->|<[^>]*>/gu, '');
  assert.doesNotMatch(words, actsOutsideCode);
  assert.equal(count('<!-- allocgate:summary -->'), 1, 'one summary');
}

const hidden = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u;
/** The lines of a log that GitHub's runner would read as commands. */
const command = /^\s*::|##\[/mu;

/** No output may contain sequences on which a terminal or a log acts. In colour, only our own. */
export function checkTerminal({ text, colourText, markdown, json, sarif }: Outputs): void {
  // oxlint-disable-next-line no-control-regex
  const uncoloured = colourText.replaceAll(/\u001B\[\d+m/gu, '');
  for (const [name, output] of Object.entries({ text, uncoloured, markdown, json, sarif })) {
    assert.doesNotMatch(output, hidden, name);
    assert.doesNotMatch(output, command, name);
  }
  assert.ok(Math.max(...text.split('\n').map((line) => line.length)) < 1500, 'a line fills the window');
}

/** The outputs for programs have the same content and match their schemas. */
export function checkData({ report, json, sarif }: Outputs): void {
  assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(report)));
  reportSchema.parse(JSON.parse(json));
  assert.ok(validate(JSON.parse(sarif)), JSON.stringify(validate.errors?.slice(0, 3)));
  const log = z
    .looseObject({
      runs: z.array(
        z.looseObject({ results: z.array(z.looseObject({ message: z.object({ text: z.string() }) })) }),
      ),
    })
    .parse(JSON.parse(sarif));
  for (const { message } of log.runs.flatMap(({ results }) => results)) {
    assert.doesNotMatch(message.text, /(?<!\\)\[[^\]]*\]\(/u, 'a link');
    assert.doesNotMatch(message.text.replaceAll(/\{\{|\}\}/gu, ''), /\{\d+\}/u, 'a placeholder');
  }
}

/** Every position that a report names is a line of a file of the pull request. */
export function checkPositions({ report, head, base }: Outputs): void {
  const causes = report.findings.flatMap(({ cause }) => (cause === null ? [] : [cause, ...cause.via]));
  const sites = report.benchmarks.flatMap((benchmark) => benchmark.sites);
  const places = [report.findings, causes, report.escapes, sites].flat();
  for (const { file, line } of places) {
    const lines = Math.max(...[head, base].map((side) => (side[file] ?? '').split('\n').length));
    assert.ok((file in head || file in base) && line < lines, `${file}:${line}`);
  }
}
