/** Where the parts of a store stand in its data folder. */
import path from "node:path";

export const metadataFolder = (data: string): string => path.join(data, "metadata");
export const volumeFolder = (data: string): string => path.join(data, "volumes");
