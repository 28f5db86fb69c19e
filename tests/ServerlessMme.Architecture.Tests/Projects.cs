using Mono.Cecil;

namespace ServerlessMme.Architecture.Tests;

/// <summary>The projects under src, and which of the others each one may reference.</summary>
internal static class Projects
{
    private static readonly Dictionary<string, string[]> Below = new()
    {
        ["ServerlessMme.Core"] = [],
        ["ServerlessMme.Imaging"] = ["ServerlessMme.Core"],
        ["ServerlessMme.Onnx"] = ["ServerlessMme.Core"],
        ["ServerlessMme.SageMaker"] = ["ServerlessMme.Core"],
        ["ServerlessMme.Storage"] = ["ServerlessMme.Core"],
        ["ServerlessMme.Hosting"] =
            ["ServerlessMme.Imaging", "ServerlessMme.Onnx", "ServerlessMme.SageMaker", "ServerlessMme.Storage"],
        ["ServerlessMme.Serving"] = ["ServerlessMme.Hosting"],
        ["ServerlessMme.Emulator"] = [],
        ["mme"] = ["ServerlessMme.Serving", "ServerlessMme.Emulator"],
        ["ServerlessMme.Functions"] = ["ServerlessMme.Serving"],
    };

    /// <summary>The assemblies of ours beside this one.</summary>
    public static IReadOnlyList<string> Built { get; } =
    [
        .. Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
            .Select(Path.GetFileNameWithoutExtension)
            .OfType<string>()
            .Where(name => IsOurs(name) && name != typeof(Projects).Assembly.GetName().Name)
            .Order(StringComparer.Ordinal),
    ];

    public static bool IsOurs(string assembly) =>
        assembly == "mme" || assembly.StartsWith("ServerlessMme.", StringComparison.Ordinal);

    /// <summary>The root namespace of an assembly, which is its name except for the command line's.</summary>
    public static string RootOf(string assembly) => assembly == "mme" ? "ServerlessMme.Cli" : assembly;

    /// <summary>All assemblies of ours that one may reference, however far below it they are.</summary>
    /// <exception cref="KeyNotFoundException">The assembly has no place in the layout yet.</exception>
    public static IEnumerable<string> AllBelow(string assembly) =>
        Below[assembly].SelectMany(below => AllBelow(below).Prepend(below)).Distinct();

    public static ModuleDefinition Open(string assembly) =>
        ModuleDefinition.ReadModule(Path.Join(AppContext.BaseDirectory, $"{assembly}.dll"));
}
