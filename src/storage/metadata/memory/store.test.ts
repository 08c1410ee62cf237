import { metadataContract } from "../../contract/metadata.ts";
import { memoryMetadata } from "./store.ts";

metadataContract("memory", async () => ({ store: memoryMetadata(), cleanUp: async () => {} }));
