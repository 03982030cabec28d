/** Where GitHub sends browsers back to after the sign-in; the App's callback URL is this path of `PUBLIC_URL`. */
export const CALLBACK_PATH = '/signed-in';
