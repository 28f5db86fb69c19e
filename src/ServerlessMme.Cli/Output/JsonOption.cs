using System.CommandLine;

namespace ServerlessMme.Cli.Output;

/// <summary>The option <c>--json</c>.</summary>
internal static class JsonOption
{
    public static Option<bool> Create(string description = "Print one JSON object.") =>
        new("--json") { Description = description };
}
