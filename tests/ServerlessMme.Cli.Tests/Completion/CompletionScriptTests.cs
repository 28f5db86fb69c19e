using ServerlessMme.Cli.Completion;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Completion;

/// <summary>Runs the scripts in the shells that they are for.</summary>
public sealed class CompletionScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mme mod", "models")]
    [InlineData("mme models l", "list")]
    [InlineData("mme evaluate cif", "cifar10")]
    [InlineData("mme labels cifar10 --forma", "--format")]
    [InlineData("mme classify sample-im", "")]
    public async Task Bash_completes(string line, string expected)
    {
        var words = line.Split(' ');
        var script = Start("bash") + $$"""
            COMP_LINE='{{line}} rest'; COMP_POINT={{line.Length}}; COMP_WORDS=({{line}}); COMP_CWORD={{words.Length - 1}}
            _mme mme
            printf '%s\n' "${COMPREPLY[@]}"
            complete -p mme >&2
            """;

        var finished = await RunAsync("bash", "--norc", "--noprofile", Write(script));

        Assert.Equal("complete -o default -F _mme mme", finished.Error.Trim());
        Assert.Equal(expected, finished.Output.Trim());
    }

    [Theory]
    [InlineData("mme mod", "models")]
    [InlineData("mme models l", "list")]
    [InlineData("mme evaluate cif", "cifar10")]
    [InlineData("mme labels cifar10 --forma", "--format")]
    [InlineData("mme classify sample-im", "files")]
    public async Task Zsh_completes(string line, string expected)
    {
        var words = line.Split(' ');
        // Outside of a completion, its commands are stubs.
        var script = """
            compdef() { }
            compadd() { print -l -- ${(P)2}; (( ${#${(P)2}} )) }
            _files() { print files }

            """ + Start("zsh") + $"""
            words=({line}); CURRENT={words.Length}; PREFIX='{words[^1]}'
            _mme
            """;

        var finished = await RunAsync("zsh", "-f", Write(script));

        Assert.Equal(("", expected), (finished.Error, finished.Output.Trim()));
    }

    [Fact]
    public async Task Powershell_completes()
    {
        var script = Start("powershell") + """
            (TabExpansion2 'mme models l' 12).CompletionMatches.CompletionText

            """;

        var finished = await RunAsync("pwsh", "-NoProfile", "-File", Write(script, ".ps1"));

        Assert.Equal(("", "list"), (finished.Error, finished.Output.Trim()));
    }

    [Fact]
    public async Task Each_script_is_printed_as_it_is()
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(null, "completion", "powershell");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal(CompletionScripts.All["powershell"], output);
        Assert.StartsWith("Register-ArgumentCompleter -Native -CommandName mme", output, StringComparison.Ordinal);
        Assert.Equal(
            output.Count(letter => letter is '{' or '('), output.Count(letter => letter is '}' or ')'));
    }

    /// <summary>Makes <c>mme</c> a function that starts the program beside the tests, and loads the script.</summary>
    private static string Start(string shell)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "mme.dll");
        var function = shell == "powershell"
            ? $$"""function mme { dotnet '{{program}}' @args }"""
            : $$"""mme() { dotnet '{{program}}' "$@"; }""";
        return $"{function}\n{CompletionScripts.All[shell]}\n";
    }

    private string Write(string script, string extension = "")
    {
        _folder.Write("script" + extension, System.Text.Encoding.UTF8.GetBytes(script));
        return _folder.PathOf("script" + extension);
    }

    private static async Task<Finished> RunAsync(string shell, params string[] arguments)
    {
        var finished = await Command.TryRunAsync(shell, arguments);
        Assert.SkipWhen(finished is null, $"This machine has no {shell}.");
        Assert.True(finished.ExitCode == 0, finished.Error);
        return finished;
    }
}
