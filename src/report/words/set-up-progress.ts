import { html, page, type Html } from '../model/html-page.ts';

/** The App's state on GitHub, or why it is unknown. */
export type AppState =
  | { kind: 'starting' }
  | { kind: 'unknown'; reason: string }
  | { kind: 'known'; installations: readonly string[]; lacking: readonly string[]; installUrl: string };

/** How far the set-up is. */
export type ProgressFacts = {
  /** Whether the server accepts webhooks yet. */
  isServing: boolean;
  app: AppState;
  /** The first event that this process accepted, and the number of events with a wrong signature. */
  firstEvent: string | null;
  badSignatures: number;
};

function describeInstallations(app: AppState): Html {
  if (app.kind === 'starting') return html`<li>… Installations are not known yet: the App is starting</li>`;
  if (app.kind === 'unknown') return html`<li>… Installations are not known yet: ${app.reason}</li>`;
  const { installations, installUrl } = app;
  const link = html`<a href="${installUrl}" target="_blank" rel="noopener">Choose repositories on GitHub</a>`;
  return installations.length === 0
    ? html`<li class="next">→ Install the App: ${link}</li>`
    : html`<li class="good">✓ Installed by ${installations.join(', ')}. ${link}</li>`;
}

function describeEvents({ firstEvent, badSignatures }: ProgressFacts): Html {
  if (firstEvent !== null)
    return html`<li class="good">✓ Events arrive; the first was <code>${firstEvent}</code></li>`;
  if (badSignatures > 0) {
    return html`<li class="bad">
      ✗ Events arrive with a wrong signature. The webhook secret in the App's settings on GitHub must be the
      same as WEBHOOK_SECRET.
    </li>`;
  }
  return html`<li>
    … No event yet. GitHub sends one when the App is installed. If none arrives, check “Recent Deliveries”
    under “Advanced” in the App's settings on GitHub.
  </li>`;
}

/** The page that shows which steps are done and what comes next. It reloads until everything is done. */
export function renderProgressPage(facts: ProgressFacts): string {
  const { isServing, app, firstEvent } = facts;
  const lacking = app.kind === 'known' ? app.lacking : [];
  const isInstalled = app.kind === 'known' && app.installations.length > 0;
  const isDone = isServing && isInstalled && firstEvent !== null;
  const body = html`<h1>${isDone ? 'allocgate is ready' : 'Almost there'}</h1>
    <ul class="steps">
      <li class="good">✓ The App exists, and its credentials are saved</li>
      <li ${isServing ? html`class="good"` : ''}>
        ${isServing ? '✓ This server receives events' : '… This server is starting'}
      </li>
      ${describeInstallations(app)} ${describeEvents(facts)}
      ${lacking.map((line) => html`<li class="bad">✗ ${line}</li>`)}
    </ul>
    ${
      isDone
        ? html`<p>
            Open a pull request that changes Go code, or push to one: the check <code>allocgate</code> appears
            on it within a minute. <code>allocgate doctor</code> checks the same things at any time.
          </p>`
        : html`<p>This page reloads every few seconds.</p>`
    }`;
  return page({ title: 'allocgate', body, refreshSeconds: isDone ? null : 5 });
}
