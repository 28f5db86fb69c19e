using System.CommandLine;

namespace ServerlessMme.Cli.Composition;

/// <summary>Completes the names of models under <c>models/</c>, which are most often those in storage too.</summary>
internal static class LocalModels
{
    public static void Complete(params ReadOnlySpan<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            var sources = symbol is Argument argument ? argument.CompletionSources : ((Option)symbol).CompletionSources;
            sources.Add(_ => Names());
        }
    }

    private static IEnumerable<string> Names()
    {
        try
        {
            return Directory.GetDirectories("models")
                .Where(folder => File.Exists(Path.Combine(folder, "model.json")))
                .Select(folder => Path.GetFileName(folder));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
