/**
 * The path to which GitHub redirects browsers after the sign-in. The App's callback URL is this path of `PUBLIC_URL`.
 */
export const CALLBACK_PATH = '/signed-in';
