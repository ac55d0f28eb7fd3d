/** Who is here: the session is a cookie, which the server sets. */

export interface Me {
  readonly id: number;
  readonly username: string;
}

/** @throws words for a server that does not answer. */
async function ask(path: string, options?: RequestInit): Promise<Response> {
  return fetch(path, options).catch(() => {
    throw new Error('There is no connection. Try again.');
  });
}

/** Who is logged in; nobody: undefined. */
export async function me(): Promise<Me | undefined> {
  const response = await ask('/me');
  return response.ok ? ((await response.json()) as Me) : undefined;
}

/** @throws what the server says of a wrong name or password. */
export async function login(username: string, password: string): Promise<Me> {
  const response = await ask('/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  if (!response.ok) throw new Error((await response.text()) || 'The login failed.');
  return (await response.json()) as Me;
}

/** @throws if the session has not ended. */
export async function logout(): Promise<void> {
  const response = await ask('/logout', { method: 'POST' });
  if (!response.ok) throw new Error('The logout failed. Try again.');
}

/** Whether the session goes on. @throws if nobody can be asked. */
export async function isLoggedIn(): Promise<boolean> {
  return (await fetch('/me')).status !== 401;
}
