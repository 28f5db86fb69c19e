using System.CommandLine;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Composition;

/// <summary>
/// Completes the names of models under <c>models/</c> and in the current folder, which is where <c>mme models init</c>
/// writes. Storage usually has models of the same names.
/// </summary>
internal static class LocalModels
{
    public static void Complete(params ReadOnlySpan<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            var sources = symbol is Argument argument ? argument.CompletionSources : ((Option)symbol).CompletionSources;
            sources.Add(_ => Names("models").Union(Names(".")));
        }
    }

    internal static IEnumerable<string> Names(string parent)
    {
        try
        {
            return Directory.GetDirectories(parent)
                .Where(folder => File.Exists(Path.Combine(folder, "model.json")))
                .Select(folder => Path.GetFileName(folder))
                // A shell may run other text as commands.
                .Where(name => ModelName.Parse(name).TryGet(out _, out _));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
