/** Who is here: the session is a cookie, which the server sets. */

export interface Me {
  readonly id: number;
  readonly username: string;
}

/** Who is logged in; nobody: undefined. */
export async function me(): Promise<Me | undefined> {
  const response = await fetch('/me');
  return response.ok ? ((await response.json()) as Me) : undefined;
}

/** @throws what the server says of a wrong name or password. */
export async function login(username: string, password: string): Promise<Me> {
  const response = await fetch('/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  if (!response.ok) throw new Error((await response.text()) || 'The login failed.');
  return (await response.json()) as Me;
}

export async function logout(): Promise<void> {
  await fetch('/logout', { method: 'POST' });
}
