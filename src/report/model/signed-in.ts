/** A person who signed in with GitHub. `userId` identifies them even if somebody else gets the login later. */
export type SignedIn = { userId: number; login: string };
