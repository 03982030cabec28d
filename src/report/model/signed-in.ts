/** Who signed in with GitHub. `userId`: stays when a login changes hands. */
export type SignedIn = { userId: number; login: string };
