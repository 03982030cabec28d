import { tryGit } from './git.ts';
import {
  commitOf,
  notFound,
  ok,
  parameter,
  repositoryOfCall,
  type Answer,
  type Call,
  type Routes,
} from './routing.ts';

/** A file at a commit. Folders, links and submodules are not needed, so they are not there. */
async function showFile(call: Call): Promise<Answer> {
  const repository = repositoryOfCall(call);
  const file = parameter(call, 'path');
  const sha = await commitOf(repository, call.query.get('ref') ?? repository.defaultBranch);
  const id = await tryGit(repository.gitDir, ['rev-parse', '--verify', '--quiet', `${sha}:${file}`]);
  const { status, stdout } = await tryGit(repository.gitDir, ['cat-file', 'blob', `${sha}:${file}`]);
  if (status !== 0) throw notFound();
  const api = `${call.world.url}/repos/${repository.fullName}`;
  const content = Buffer.from(stdout).toString('base64');
  const links = {
    self: `${api}/contents/${file}?ref=${sha}`,
    git: `${api}/git/blobs/${id.stdout.trim()}`,
    html: `${call.world.url}/${repository.fullName}/blob/${sha}/${file}`,
  };
  return ok({
    type: 'file',
    encoding: 'base64',
    size: Buffer.byteLength(stdout),
    name: file.split('/').at(-1) ?? file,
    path: file,
    content,
    sha: id.stdout.trim(),
    url: links.self,
    git_url: links.git,
    html_url: links.html,
    download_url: `${call.world.url}/${repository.fullName}/raw/${sha}/${file}`,
    _links: links,
  });
}

export const contentsRoutes: Routes = {
  'GET /repos/{owner}/{repo}/contents/{path}': { by: 'any', needs: [['contents', 'read']], run: showFile },
};
