import type { HttpServer } from '../platform/http/server.ts';

/** Every route of a server as `METHOD /path/:with/:names`, read from its own printed tree. */
export function routesOf(server: HttpServer): string[] {
  const path: string[] = [];
  return server
    .printRoutes()
    .split('\n')
    .flatMap((line) => {
      const [, indent, part, methods] = /^([│ ]*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
      if (indent === undefined || part === undefined) return [];
      path.splice(indent.length / 4);
      path.push(part);
      return (methods?.split(', ') ?? []).map((method) => `${method} ${path.join('')}`);
    })
    .sort();
}
