import { statusOf } from './errors.ts';
import type { GitHub, Writer } from './types.ts';

/**
 * The account whose comments are ours: the token's owner. A token of an App, such as that of GitHub Actions, cannot
 * read `/user`, but GraphQL returns its bot.
 */
export async function readWriter(github: GitHub): Promise<Writer> {
  try {
    const { data } = await github.rest.users.getAuthenticated();
    return { login: data.login };
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
    const { viewer } = await github.graphql<{ viewer: { login: string } }>('query { viewer { login } }');
    return { login: viewer.login };
  }
}
