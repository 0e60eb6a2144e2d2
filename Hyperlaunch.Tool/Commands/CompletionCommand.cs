using System.CommandLine;

namespace Hyperlaunch.Tool.Commands;

/// <summary><c>hyperlaunch completion</c>: the script that teaches a shell the command's words.</summary>
internal static class CompletionCommand
{
    // Each asks the command itself, by System.CommandLine's [suggest] directive, and falls back to file names.
    private const string Bash = """
        _hyperlaunch() {
          local line="${COMP_LINE}" word="${COMP_WORDS[COMP_CWORD]}"
          local words
          words=$(hyperlaunch "[suggest:${COMP_POINT}]" "$line" 2>/dev/null | sed 's/ /\\ /g')
          mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
          [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
        }
        complete -o filenames -F _hyperlaunch hyperlaunch
        """;

    private const string Zsh = """
        #compdef hyperlaunch
        _hyperlaunch() {
          local -a words_found
          words_found=("${(@f)$(hyperlaunch "[suggest:${#BUFFER}]" "$BUFFER" 2>/dev/null)}")
          compadd -a words_found
          _files
        }
        compdef _hyperlaunch hyperlaunch
        """;

    private const string Fish = """
        complete -c hyperlaunch -a '(hyperlaunch "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    public static Command Make()
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Command command = new("completion", """
            Prints the script that completes this command's words in a shell.

            Examples:
              hyperlaunch completion bash > /etc/bash_completion.d/hyperlaunch
              hyperlaunch completion fish | source
            """);
        command.Arguments.Add(shell);
        command.SetAction(parsed =>
        {
            string script = parsed.GetRequiredValue(shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash };
            parsed.InvocationConfiguration.Output.Write(script + "\n");
            return ExitCode.Success;
        });
        return command;
    }
}
