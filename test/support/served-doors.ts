/** What a crosstalk test begins with: one server, and a door of each kind to it. */
import { after, before } from "node:test";
import { type Door, openDoor } from "./doors.ts";
import { type Server, startServer } from "./server.ts";

export type Doors = Record<Door["name"], Door>;

/** Called in a describe block, before its own hooks: both are there from then on, and end with the block. */
export function servedDoors(options: Parameters<typeof startServer>[0] = {}): { server: Server; doors: Doors } {
  const server = {} as Server;
  const doors = {} as Doors;
  before(async () => {
    Object.assign(server, await startServer(options));
    for (const name of ["oss", "s3", "hcp"] as const) doors[name] = openDoor(name, server.port);
  });
  after(async () => {
    for (const door of Object.values(doors)) door.close();
    await server.stop?.();
  });
  return { server, doors };
}
