import { blobsContract } from "../../contract/blobs.ts";
import { openTemporary } from "./testing.ts";

blobsContract("openVolumes", async () => {
  const { store, close } = await openTemporary();
  return { store, rotate: () => store.rotate(), close };
});
