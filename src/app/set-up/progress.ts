import { describeGapRemedy, listAppGaps } from '../../report/words/app-gaps.ts';
import { type AppState, renderProgressPage } from '../../report/words/set-up-progress.ts';
import { readAppFacts } from '../operate/app-facts.ts';
import type { Handler } from '../operate/server.ts';
import type { App } from '../types.ts';
import { findRefusal, isKey, type Places } from './guard.ts';
import { readUrl, sendPage, sendRefusal } from './pages.ts';

/** The milliseconds for which GitHub's answer is reused. The page reloads itself every few seconds. */
const KEPT_MS = 4000;

export type SetUpProgress = {
  handle: Handler;
  /** Counts the answer to a webhook. */
  countDelivery: (event: string, status: number) => void;
};

/** Creates the page `/set-up` of a running App, which shows the progress of the set-up. It requires the page's key. */
export function createProgress({ gitHub }: Pick<App, 'gitHub'>, key: string, places: Places): SetUpProgress {
  let firstEvent: string | null = null;
  let badSignatures = 0;
  let known: { state: Promise<AppState>; at: number } | null = null;

  async function readState(): Promise<AppState> {
    try {
      const facts = await readAppFacts(gitHub);
      const gaps = listAppGaps(facts);
      return {
        kind: 'known',
        installations: facts.installations.map(({ account }) => account),
        lacking: gaps.length === 0 ? [] : [...gaps, describeGapRemedy(facts)],
        installUrl: `${facts.url}/installations/new`,
      };
    } catch (error) {
      return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  return {
    countDelivery: (event, status) => {
      if (status === 401) badSignatures += 1;
      else if (status < 300) firstEvent ??= event;
    },
    handle: async (request, response) => {
      const { pathname, searchParams: query } = readUrl(request);
      if (pathname !== '/set-up' || request.method !== 'GET') return false;
      const refusal = findRefusal(request, places) ?? (isKey(query.get('key'), key) ? null : 'no-key');
      if (refusal !== null) return sendRefusal(response, refusal);
      if (known === null || performance.now() - known.at > KEPT_MS) {
        known = { state: readState(), at: performance.now() };
      }
      const app = await known.state;
      return sendPage(response, renderProgressPage({ isServing: true, app, firstEvent, badSignatures }));
    },
  };
}
