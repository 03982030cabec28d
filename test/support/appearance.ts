import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { findCheck, type Scenario } from './app-scenario.ts';

/** Removes from a text what differs between equal pull requests. */
function normalise(text: string | null): string {
  return (text ?? '')
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f-]{22}/gu, 'RUN')
    .replaceAll(/\b[\da-f]{40}\b/gu, 'SHA')
    .replaceAll(/\b(?=[\da-f]*\d)[\da-f]{7,12}\b/gu, 'SHORT')
    .replaceAll(/(#(?:discussion_r)?|pulls?\/|reply:)\d+/gu, '$1N')
    .replaceAll(/127\.0\.0\.1:\d+/gu, 'HOST');
}

const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/**
 * What readers see of a pull request. It is equal for two pull requests with the same content and history. `earlier`:
 * its previous heads, whose checks are included.
 */
export async function readAppearance(
  { fake, repository }: Scenario,
  number: number,
  earlier: readonly string[] = [],
) {
  const { checks, comments, reviewComments, reviews, headSha } = await fake.snapshot(repository, number);
  const all = [...earlier, headSha].flatMap((sha) => fake.checkRuns(repository, sha));
  return {
    // Including checks that a newer one hides.
    checkRuns: all.map(({ status, conclusion }) => `${status} ${conclusion}`),
    checks: checks.map(({ title, summary, text, actions, annotations }) => ({
      title: normalise(title),
      summary: normalise(summary),
      text: normalise(text),
      actions,
      annotations,
    })),
    comments: comments.map(({ by, body, reactions }) => ({
      by,
      body: normalise(body),
      reactions: reactions.map(({ content }) => content),
    })),
    reviewComments: reviewComments
      .map(({ by, body, path, line, outdated }) => ({ by, body: normalise(body), path, line, outdated }))
      .toSorted(byText),
    reviews: reviews.map(({ by, state, body }) => ({ by, state, body: normalise(body) })),
  };
}

export type Appearance = Awaited<ReturnType<typeof readAppearance>>;

/** Opens a pull request with two regressions and does not disturb its review. */
export async function readUndisturbed(scenario: Scenario): Promise<Appearance> {
  const number = await scenario.open('undisturbed', 2);
  await scenario.see(number, (seen) => findCheck(seen) !== null);
  return readAppearance(scenario, number);
}

/** Waits until a pull request looks as expected. Fails with the difference and the App's output. */
export async function untilAppearance(
  scenario: Scenario,
  number: number,
  wanted: Appearance,
  earlier: readonly string[] = [],
): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const seen = await readAppearance(scenario, number, earlier);
    // Describing a difference takes much longer than finding it.
    if (isDeepStrictEqual(seen, wanted)) return;
    if (Date.now() >= deadline) {
      const output = [scenario.server(), ...scenario.workers].map((one) => one.output()).join('\n');
      try {
        assert.deepEqual(seen, wanted);
      } catch (cause) {
        throw new Error(`not as undisturbed:\n${output}`, { cause });
      }
    }
    await sleep(50);
  }
}
