import { statusOf } from './errors.ts';
import type { GitHub, RepositoryName } from './types.ts';

const orNull = async <T>(answer: Promise<T>): Promise<T | null> => {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
};

/** The ID of a user who may read a repository; null: there is no such user, or they may not. */
export async function readReader(
  github: GitHub,
  { owner, repo }: RepositoryName,
  login: string,
): Promise<number | null> {
  const answer = await orNull(
    github.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username: login }),
  );
  if (answer === null || answer.data.permission === 'none') return null;
  return answer.data.user?.id ?? null;
}

/** Which repository has a name, and whether it is for everybody; null: none that the installation can see. */
export async function readVisibility(
  github: GitHub,
  { owner, repo }: RepositoryName,
): Promise<{ id: number; isPrivate: boolean } | null> {
  const answer = await orNull(github.rest.repos.get({ owner, repo }));
  return answer && { id: answer.data.id, isPrivate: answer.data.private };
}
