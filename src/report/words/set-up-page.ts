import { html, page, type Html } from '../model/html-page.ts';

/**
 * The result of a test message to the webhook address. `elsewhere`: the address accepted it, but it did not arrive
 * here.
 */
export type Reach =
  | { kind: 'reached' }
  | { kind: 'refused'; status: number }
  | { kind: 'failed'; reason: string }
  | { kind: 'elsewhere' };

/** Why the last request failed. Nothing was saved then. */
export type SetUpProblem =
  | { kind: 'bad-address' }
  | { kind: 'channel-failed'; reason: string }
  | { kind: 'bad-app-id' }
  | { kind: 'bad-key' }
  | { kind: 'no-secret' }
  | { kind: 'app-refused' }
  | { kind: 'other-app'; id: number }
  | { kind: 'github-failed'; reason: string };

/** The address for webhooks. `isPrivate`: only this machine or its network can reach it, and GitHub is outside. */
export type HookAddress = { url: string; isChannel: boolean; isPrivate: boolean; reach: Reach | null };

/** What the set-up page shows. */
export type SetUpFacts = {
  /** Only requests with this key may use the page. */
  key: string;
  /** `https://github.com`. */
  gitHub: string;
  /** The organization that will own the App; empty: the person's own account. */
  organization: string;
  /** The file that stores the credentials. */
  envFile: string;
  /** The App's manifest as JSON, for GitHub's form; null: no address was chosen yet. */
  manifest: string | null;
  permissions: readonly (readonly [name: string, level: string])[];
  address: HookAddress | null;
  problem: SetUpProblem | null;
};

function describeProblem(problem: SetUpProblem): string {
  switch (problem.kind) {
    case 'bad-address':
      return 'That is not the address of a web server. It must begin with https:// or http://.';
    case 'channel-failed':
      return `smee.io did not give a channel: ${problem.reason}`;
    case 'bad-app-id':
      return 'The App ID must be a number. The settings page of the App on GitHub shows it.';
    case 'bad-key':
      return 'The private key is not a complete RSA key in PEM format. Paste the whole file, from -----BEGIN to -----END.';
    case 'no-secret':
      return 'The webhook secret is empty. Without one, anybody could send events to this server.';
    case 'app-refused':
      return 'GitHub does not accept this App ID with this private key. Generate a new key on the settings page of the App.';
    case 'other-app':
      return `This private key belongs to the App ${problem.id}, not to the App ID that you entered.`;
    case 'github-failed':
      return `GitHub did not complete the request: ${problem.reason}. Nothing was saved. Try again.`;
  }
}

function describeReach(reach: Reach): Html {
  switch (reach.kind) {
    case 'reached':
      return html`<p class="good">
        ✓ A test message to this address arrived here. This machine sent it, so the test cannot detect a
        firewall that blocks only GitHub.
      </p>`;
    case 'refused':
      return html`<p class="bad">
        ✗ The address answers with HTTP status ${String(reach.status)}. Another server is listening there, or
        a proxy does not pass POST requests on to this one.
      </p>`;
    case 'failed':
      return html`<p class="bad">✗ The address cannot be reached: ${reach.reason}</p>`;
    case 'elsewhere':
      return html`<p class="bad">
        ✗ The address accepts messages, but the test message did not arrive here. Another server is listening
        there.
      </p>`;
  }
}

function describeAddress(address: HookAddress | null): Html {
  if (address === null) {
    return html`<p class="bad">
      ✗ No address yet. GitHub cannot reach <code>localhost</code> or a private network, and refuses an App
      with such an address. Enter a public address, or use a channel.
    </p>`;
  }
  const { url, isChannel, isPrivate, reach } = address;
  return html`<p>
      GitHub will send events to <code class="address">${url}</code>${
        isChannel ? ', a channel that this server reads' : ''
      }.
    </p>
    ${
      isPrivate
        ? html`<p class="bad">
            ✗ This address belongs to this machine or to a private network. GitHub cannot reach it, and
            refuses an App with such an address. Enter a public address, or use a channel.
          </p>`
        : ''
    }
    ${reach === null ? '' : describeReach(reach)}`;
}

const permissionReasons: Readonly<Record<string, string>> = {
  checks: 'write the check, and receive “Re-run” and the presses of its buttons',
  contents: 'fetch commits; allocgate never writes code',
  issues: 'react to commands in comments',
  merge_queues: 'review the commits of a merge queue',
  metadata: 'check who may use commands; every App has this permission',
  pull_requests: 'write the summary and inline comments',
};

function listPermissions(permissions: SetUpFacts['permissions']): Html[] {
  return permissions.map(
    ([name, level]) =>
      html`<li><code>${name}: ${level}</code> – ${permissionReasons[name] ?? 'see app.yml'}</li>`,
  );
}

function addressForms({ key, address }: SetUpFacts): Html {
  return html`<form method="post" action="/set-up/address">
      <input type="hidden" name="key" value="${key}" />
      <label for="address">Public address of this server, or of a channel</label>
      <input
        id="address"
        name="address"
        type="url"
        required
        placeholder="https://allocgate.example.com"
        value="${address?.url ?? ''}"
      />
      <label class="choice">
        <input type="checkbox" name="channel" ${address?.isChannel === true ? html`checked` : ''} />
        This is a channel (smee.io or a similar server), which allocgate reads
      </label>
      <button type="submit">Use and check this address</button>
    </form>
    <form method="post" action="/set-up/channel">
      <input type="hidden" name="key" value="${key}" />
      <p>
        If GitHub cannot reach this machine, smee.io can forward events to it. smee.io sees every event, so do
        not use it for private repositories.
      </p>
      <button type="submit">Make a channel at smee.io</button>
    </form>`;
}

function createForm({ key, gitHub, organization, manifest, address }: SetUpFacts): Html {
  const owner = organization === '' ? '' : `/organizations/${encodeURIComponent(organization)}`;
  const action = `${gitHub}${owner}/settings/apps/new?state=${encodeURIComponent(key)}`;
  const isReady = manifest !== null && address !== null && !address.isPrivate;
  const isUnreached = address?.reach !== null && address?.reach.kind !== 'reached';
  return html`<form method="post" action="${action}">
    <input type="hidden" name="manifest" value="${manifest ?? ''}" />
    <button class="main" type="submit" ${isReady ? '' : html`disabled`}>Create the App on GitHub</button>
    ${
      isReady
        ? isUnreached
          ? html`<p>
              The test message did not reach the address. You can still create the App, and change its address
              on GitHub later.
            </p>`
          : ''
        : html`<p>First choose an address above.</p>`
    }
  </form>`;
}

function importForm({ key, envFile }: SetUpFacts): Html {
  return html`<details>
    <summary>I already have an App</summary>
    <p>
      allocgate asks GitHub whether ID and key belong together before it saves them in
      <code>${envFile}</code>. The App needs the permissions above and the webhook address above.
    </p>
    <form method="post" action="/set-up/import">
      <input type="hidden" name="key" value="${key}" />
      <label for="app-id">App ID</label>
      <input id="app-id" name="appId" inputmode="numeric" required autocomplete="off" />
      <label for="private-key">Private key (the content of the .pem file)</label>
      <textarea
        id="private-key"
        name="privateKey"
        rows="6"
        required
        autocomplete="off"
        spellcheck="false"
      ></textarea>
      <label for="webhook-secret">Webhook secret</label>
      <input id="webhook-secret" name="webhookSecret" type="password" required autocomplete="off" />
      <button type="submit">Check and save</button>
    </form>
  </details>`;
}

/** The page that creates the GitHub App. */
export function renderSetUpPage(facts: SetUpFacts): string {
  const { gitHub, organization, envFile, problem } = facts;
  const owner = organization === '' ? 'your account' : `the organization ${organization}`;
  const body = html`<h1>Set up allocgate</h1>
    ${problem === null ? '' : html`<p class="bad" role="alert">✗ ${describeProblem(problem)}</p>`}
    <p>allocgate reviews Go pull requests for allocation regressions. It needs a GitHub App of your own.</p>
    <h2>What will happen</h2>
    <ol>
      <li>
        GitHub shows you the new App, owned by ${owner}. You choose its name there: no other App on GitHub may
        have it.
      </li>
      <li>
        GitHub sends you back here. allocgate saves the credentials in <code>${envFile}</code>, readable only
        by you.
      </li>
      <li>You install the App on the repositories that you choose.</li>
      <li>From then on, allocgate reviews each pull request that is opened or pushed to.</li>
    </ol>
    <h2>1. The address that GitHub will call</h2>
    ${describeAddress(facts.address)} ${addressForms(facts)}
    <h2>2. The App</h2>
    <p>It will be able to:</p>
    <ul>
      ${listPermissions(facts.permissions)}
    </ul>
    <p>On <code>${gitHub}</code>:</p>
    ${createForm(facts)} ${importForm(facts)}`;
  return page({ title: 'Set up allocgate', body });
}

/** The sentences for requests that may not use the page. */
const setUpRefusals = {
  'foreign-host':
    'This name does not belong to this server. Open the address that allocgate printed in its log. If the server has a name of its own, set PUBLIC_URL to that address and restart allocgate.',
  'foreign-origin':
    'This request came from another web site, or without an Origin header, so nothing was done. Use the buttons on the page that allocgate serves.',
  'no-key':
    'Open the address that allocgate printed in its log. It contains a key, which this request lacks.',
  'no-code': 'GitHub sent no code. Return to the set-up page and press the button again.',
  'not-found': 'not found',
  'too-large': 'the request is too large',
} as const;

export type SetUpRefusal = keyof typeof setUpRefusals;

/** The page for a request that may not use the set-up page. */
export function renderRefusalPage(refusal: SetUpRefusal): string {
  return page({
    title: 'allocgate',
    body: html`<h1>allocgate</h1>
      <p>${setUpRefusals[refusal]}</p>`,
  });
}
