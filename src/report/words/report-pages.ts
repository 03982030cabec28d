import { html, page } from '../model/html-page.ts';

/**
 * The page for a report that does not exist or that this person may not read. It is the same for both, so that nobody
 * learns which reports exist.
 */
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

/** The page for a sign-in that was not completed. */
export const renderSignInFailed = (): string =>
  page({
    title: 'Not signed in',
    body: html`<h1>Not signed in</h1>
      <p>
        GitHub did not confirm this sign-in: it took longer than 10 minutes, was already used, or began in
        another browser. Open the link to the report again.
      </p>`,
  });

/** The page with the button that signs a person out. `user` null: nobody is signed in. */
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
