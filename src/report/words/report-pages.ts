import { html, page } from '../model/html-page.ts';

/** What a browser gets for a report that is not there, or not for this person: the same, so that neither tells the other. */
export const renderNoReport = (): string =>
  page({
    title: 'No report here',
    body: html`<h1>No report here</h1>
      <p>
        There is no report at this address, or it belongs to a repository that your GitHub account cannot
        read, or GitHub did not answer in time. Reports are deleted 90 days after the review.
      </p>
      <p><a href="/sign-out">Sign in as somebody else</a></p>`,
  });

/** A sign-in that did not come to its end. */
export const renderSignInFailed = (): string =>
  page({
    title: 'Not signed in',
    body: html`<h1>Not signed in</h1>
      <p>
        GitHub did not confirm this sign-in: it took longer than 10 minutes, was already used, or began in
        another browser. Open the link to the report again.
      </p>`,
  });

/** Who is signed in, with the button that ends it; null: nobody. */
export const renderSignOut = (user: { login: string } | null): string =>
  page({
    title: 'Sign out',
    body:
      user === null
        ? html`<h1>Signed out</h1>
            <p>You are not signed in.</p>
            <p><a href="/sign-in">Sign in with GitHub</a></p>`
        : html`<h1>Sign out</h1>
            <p>You are signed in as <code>${user.login}</code>.</p>
            <form method="post" action="/sign-out"><button>Sign out</button></form>`,
  });
