import { command } from "../command.ts";
import { completionScript, type Shell, shells } from "../completion.ts";
import { UsageError } from "../exits.ts";
import { allCommands } from "../load-commands.ts";

export const completion = command({
  name: "completion",
  section: "This command line",
  summary: "Prints what a shell needs to complete commands and flags",
  names: shells.join("|"),
  details: "  bash: source <(amphora completion bash)\n  zsh:  source <(amphora completion zsh)\n  fish: amphora completion fish > ~/.config/fish/completions/amphora.fish",
  async run({ names: [wanted], out }) {
    const shell = shells.find((each) => each === wanted);
    if (shell === undefined) throw new UsageError(`a shell is one of ${shells.join(", ")}`);
    const { here, elsewhere } = await allCommands();
    await out.write(completionScript(shell satisfies Shell, [...here, ...elsewhere]));
  },
});
