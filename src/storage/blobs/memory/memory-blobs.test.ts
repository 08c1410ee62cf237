import { blobsContract } from "../../contract/blobs.ts";
import { memoryBlobs } from "./memory-blobs.ts";

blobsContract("memoryBlobs", async () => {
  const store = memoryBlobs();
  return { store, rotate: async () => store.rotate(), close: () => store.close() };
});
