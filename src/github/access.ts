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

/** The ID of a user who may read a repository; null: the user does not exist or may not read it. */
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

/** The repository with this name, and whether it is public; null: the installation cannot see one. */
export async function readVisibility(
  github: GitHub,
  { owner, repo }: RepositoryName,
): Promise<{ id: number; isPrivate: boolean } | null> {
  const answer = await orNull(github.rest.repos.get({ owner, repo }));
  return answer && { id: answer.data.id, isPrivate: answer.data.private };
}
